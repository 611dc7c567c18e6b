"""Why people are in a room: by name, by a group, a link or a share of the hub.

Revision: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    links()
    entries()
    op.create_table(
        "hub_group_members",
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        _foreign("hub_group_members", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("group_name", "account_id", name="pk_hub_group_members"),
    )
    op.create_index("ix_hub_group_members_account_id", "hub_group_members", ["account_id"])
    op.create_table(
        "room_hub_shares",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("server_name", sa.Text(), nullable=False),
        _foreign("room_hub_shares", "room_id", "rooms"),
        _foreign("room_hub_shares", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("room_id", name="pk_room_hub_shares"),
    )
    op.create_index("ix_room_hub_shares_account_id", "room_hub_shares", ["account_id"])
    # Who was in before was named.
    op.execute(
        "INSERT INTO room_entries (room_id, kind, account_id, role, created_at, seen_at)"
        " SELECT m.room_id, 'person', m.account_id, m.role, r.created_at, r.created_at"
        " FROM room_members m JOIN rooms r ON r.id = m.room_id"
    )


def links() -> None:
    op.create_table(
        "room_links",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("role", _closed("role", "owner", "editor", "viewer"), nullable=False),
        sa.Column("group_name", sa.Text()),
        sa.Column("document_id", sa.String(32)),
        sa.Column("most_uses", sa.Integer()),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("expires_at", TIME),
        sa.Column("revoked_at", TIME),
        sa.Column("created_by", ROW_ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _foreign("room_links", "room_id", "rooms"),
        _foreign("room_links", "document_id", "documents"),
        _foreign("room_links", "created_by", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_room_links"),
        sa.UniqueConstraint("token_hash", name="uq_room_links_token_hash"),
    )
    op.create_index("ix_room_links_room_id", "room_links", ["room_id"])


def entries() -> None:
    kinds = _closed("kind", "person", "group", "link", "share")
    op.create_table(
        "room_entries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("account_id", ROW_ID),
        sa.Column("group_name", sa.Text()),
        sa.Column("link_id", sa.String(32)),
        sa.Column("role", _closed("role", "owner", "editor", "viewer"), nullable=False),
        sa.Column("created_by", ROW_ID),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME),
        _foreign("room_entries", "room_id", "rooms"),
        _foreign("room_entries", "account_id", "accounts"),
        _foreign("room_entries", "link_id", "room_links"),
        _foreign("room_entries", "created_by", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_room_entries"),
    )
    for column in ("room_id", "account_id", "group_name"):
        op.create_index(f"ix_room_entries_{column}", "room_entries", [column])


def _closed(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=16, create_constraint=True)


def _foreign(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")
