"""Bans, mutes, locks, heirs and quotas.

Revision: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    kinds = sa.Enum(
        "ban", "mute", name="kind", native_enum=False, length=16, create_constraint=True
    )
    op.create_table(
        "room_restrictions",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", TIME),
        sa.Column("by_id", ROW_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        _foreign("room_restrictions", "room_id", "rooms"),
        _foreign("room_restrictions", "account_id", "accounts"),
        _foreign("room_restrictions", "by_id", "accounts"),
        sa.PrimaryKeyConstraint("room_id", "account_id", "kind", name="pk_room_restrictions"),
    )
    for column in ("account_id", "until"):
        op.create_index(f"ix_room_restrictions_{column}", "room_restrictions", [column])
    op.create_table(
        "document_locks",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", ROW_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        _foreign("document_locks", "document_id", "documents"),
        _foreign("document_locks", "by_id", "accounts"),
        sa.PrimaryKeyConstraint("document_id", name="pk_document_locks"),
    )
    op.create_table(
        "room_heirs",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        _foreign("room_heirs", "room_id", "rooms"),
        _foreign("room_heirs", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("room_id", name="pk_room_heirs"),
    )
    op.create_table(
        "quotas",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_quotas"),
    )


def _foreign(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")
