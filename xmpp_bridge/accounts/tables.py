"""Who has an account, and which credentials are out."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint

from xmpp_bridge.storage.base import metadata
from xmpp_bridge.storage.types import RowId, UtcTime

accounts = Table(
    "accounts",
    metadata,
    Column("id", RowId, primary_key=True),
    # Rows stay when a person goes, so a localpart is never given to a second person.
    Column("localpart", Text, nullable=False, unique=True),
    Column("hub_user", Text, nullable=False),
    Column("hub_created", UtcTime, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("disabled_at", UtcTime),
    UniqueConstraint("hub_created", "hub_user"),
)
Index(
    "uq_accounts_enabled_hub_user",
    accounts.c.hub_user,
    unique=True,
    sqlite_where=accounts.c.disabled_at.is_(None),
    postgresql_where=accounts.c.disabled_at.is_(None),
)

leases = Table(
    "leases",
    metadata,
    # One place: a renewal replaces what was there before.
    Column("account_id", ForeignKey(accounts.c.id), primary_key=True),
    Column("resource", Text, primary_key=True),
    Column("token_id", Text, nullable=False, index=True),
    Column("server_name", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("revoked_at", UtcTime),
)

app_passwords = Table(
    "app_passwords",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False),
    # Which of the account's it is: the part that is no secret.
    Column("selector", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("last_used_at", UtcTime),
    Column("revoked_at", UtcTime),
    UniqueConstraint("account_id", "selector"),
)
