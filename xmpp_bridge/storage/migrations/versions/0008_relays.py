"""History that somebody else brought than who wrote it.

Revision: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "document_relays",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("from_clock", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("to_clock", sa.BigInteger(), nullable=False),
        sa.Column("relayer_id", ROW_ID, nullable=False),
        sa.Column("author_id", ROW_ID),
        sa.Column("author_known", sa.Boolean(), nullable=False),
        sa.Column("relayed_at", TIME, nullable=False),
        sa.Column("confirmed_at", TIME),
        sa.Column("disputed_at", TIME),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_relays_document_id_documents"
        ),
        sa.ForeignKeyConstraint(
            ["relayer_id"], ["accounts.id"], name="fk_document_relays_relayer_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts.id"], name="fk_document_relays_author_id_accounts"
        ),
        sa.PrimaryKeyConstraint(
            "document_id", "client_id", "from_clock", name="pk_document_relays"
        ),
    )
