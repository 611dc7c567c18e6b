"""Rooms in which the service tells what has changed; guests of rooms.

Revision: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "room_digests",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_room_digests_room_id_rooms"),
        sa.PrimaryKeyConstraint("room_id", name="pk_room_digests"),
    )
    op.create_table(
        "room_guests",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("jid", sa.Text(), nullable=False),
        sa.Column("invited_by", ROW_ID, nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_room_guests_room_id_rooms"),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["accounts.id"], name="fk_room_guests_invited_by_accounts"
        ),
        sa.PrimaryKeyConstraint("room_id", "jid", name="pk_room_guests"),
    )
