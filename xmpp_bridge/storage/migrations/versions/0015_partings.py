"""Rooms which take files back from whoever is taken out, and from whom they have.

Revision 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "room_take_backs",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("by_id", ROW_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        _foreign("room_take_backs", "room_id", "rooms"),
        _foreign("room_take_backs", "by_id", "accounts"),
        sa.PrimaryKeyConstraint("room_id", name="pk_room_take_backs"),
    )
    op.create_table(
        "room_partings",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        _foreign("room_partings", "room_id", "rooms"),
        _foreign("room_partings", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("room_id", "account_id", name="pk_room_partings"),
    )
    op.create_index("ix_room_partings_account_id", "room_partings", ["account_id"])


def _foreign(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")
