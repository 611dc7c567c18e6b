"""How people want to be seen.

Revision 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHOICES = sa.Enum(
    "auto",
    "dnd",
    "away",
    "hidden",
    name="choice",
    native_enum=False,
    length=16,
    create_constraint=True,
)


def upgrade() -> None:
    op.create_table(
        "presence_choices",
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("choice", CHOICES, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_presence_choices_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_presence_choices"),
    )
    op.create_table(
        "presence_rooms",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("tells_place", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name="fk_presence_rooms_room_id_rooms"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_presence_rooms_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("room_id", "account_id", name="pk_presence_rooms"),
    )
