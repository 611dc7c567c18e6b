"""Older updates of a document, kept together.

Revision: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "document_windows",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("through_id", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_windows_document_id_documents"
        ),
        sa.PrimaryKeyConstraint("document_id", "through_id", name="pk_document_windows"),
    )
    op.drop_index("ix_document_updates_replica", "document_updates")
