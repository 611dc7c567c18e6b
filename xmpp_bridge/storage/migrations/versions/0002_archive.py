"""What was said in chat rooms, and what each person has read of it.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def closed(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=16)


def upgrade() -> None:
    op.create_table(
        "chat_said",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("stanza_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            closed("kind", "message", "correction", "retraction", "reaction", "resolution"),
            nullable=False,
        ),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("account_id", ROW_ID),
        sa.Column("said_at", TIME, nullable=False),
        sa.Column("origin_id", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("target", sa.BigInteger()),
        sa.Column("original", sa.Text()),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_chat_said_room_id_rooms"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_chat_said_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_chat_said"),
    )
    op.create_index("uq_chat_said_room_id_stanza_id", "chat_said", ["room_id", "stanza_id"], unique=True)
    op.create_index("ix_chat_said_room_id_target", "chat_said", ["room_id", "target"])
    op.create_index("ix_chat_said_room_id_original", "chat_said", ["room_id", "original"])
    op.create_index("ix_chat_said_room_id_kind_stanza_id", "chat_said", ["room_id", "kind", "stanza_id"])
    op.create_table(
        "chat_mentions",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("jid", sa.Text(), nullable=False),
        sa.Column("stanza_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_chat_mentions_room_id_rooms"),
        sa.PrimaryKeyConstraint("room_id", "jid", "stanza_id", name="pk_chat_mentions"),
    )
    op.create_table(
        "chat_marks",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("read", sa.BigInteger()),
        sa.Column("notify", closed("notify", "all", "mentions", "none"), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_chat_marks_room_id_rooms"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_chat_marks_account_id_accounts"),
        sa.PrimaryKeyConstraint("room_id", "account_id", name="pk_chat_marks"),
    )
