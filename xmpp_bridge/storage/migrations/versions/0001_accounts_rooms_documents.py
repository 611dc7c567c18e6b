"""Accounts, rooms, documents and their history.

Revision: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def closed(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=16)


def upgrade() -> None:
    accounts()
    rooms()
    history()


def accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("localpart", sa.Text(), nullable=False),
        sa.Column("hub_user", sa.Text(), nullable=False),
        sa.Column("hub_created", TIME, nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("disabled_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("hub_created", "hub_user", name="uq_accounts_hub_created_hub_user"),
        sa.UniqueConstraint("localpart", name="uq_accounts_localpart"),
    )
    op.create_index(
        "uq_accounts_enabled_hub_user",
        "accounts",
        ["hub_user"],
        unique=True,
        sqlite_where=sa.text("disabled_at IS NULL"),
        postgresql_where=sa.text("disabled_at IS NULL"),
    )
    op.create_table(
        "leases",
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("server_name", sa.Text(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_leases_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", "resource", name="pk_leases"),
    )
    op.create_index("ix_leases_expires_at", "leases", ["expires_at"])
    op.create_index("ix_leases_token_id", "leases", ["token_id"])


def rooms() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("removed_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_rooms"),
    )
    op.create_table(
        "room_members",
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("role", closed("role", "owner", "editor", "viewer"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_room_members_account_id_accounts"
        ),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_room_members_room_id_rooms"),
        sa.PrimaryKeyConstraint("room_id", "account_id", name="pk_room_members"),
    )
    op.create_index("ix_room_members_account_id", "room_members", ["account_id"])
    op.create_table(
        "documents",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", closed("type", "notebook", "file"), nullable=False),
        sa.Column("format", closed("format", "json", "text"), nullable=False),
        sa.Column("creator_id", ROW_ID, nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("born_at", TIME),
        sa.Column("removed_at", TIME),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["accounts.id"], name="fk_documents_creator_id_accounts"
        ),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_documents_room_id_rooms"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
    )
    op.create_index("ix_documents_room_id", "documents", ["room_id"])


def history() -> None:
    op.create_table(
        "document_updates",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("replica", sa.String(64), nullable=False),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _document("document_updates"),
        _account("document_updates"),
        sa.PrimaryKeyConstraint("id", name="pk_document_updates"),
    )
    op.create_index("ix_document_updates_document_id_id", "document_updates", ["document_id", "id"])
    op.create_index(
        "ix_document_updates_replica",
        "document_updates",
        ["document_id", "account_id", "replica", "sequence"],
    )
    op.create_table(
        "document_snapshots",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("through_id", ROW_ID, nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("waiting", sa.JSON(), nullable=False),
        _document("document_snapshots"),
        sa.PrimaryKeyConstraint("document_id", name="pk_document_snapshots"),
    )
    op.create_table(
        "document_clients",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        _document("document_clients"),
        _account("document_clients"),
        sa.PrimaryKeyConstraint("document_id", "client_id", name="pk_document_clients"),
    )


def _document(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_document_id_documents"
    return sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=name)


def _account(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_account_id_accounts"
    return sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=name)


def downgrade() -> None:
    for table in (
        "document_clients",
        "document_snapshots",
        "document_updates",
        "documents",
        "room_members",
        "rooms",
        "leases",
        "accounts",
    ):
        op.drop_table(table)
