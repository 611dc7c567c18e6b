"""Which files there are; what is in them lies in a folder."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms.tables import rooms
from xmpp_bridge.storage.base import metadata
from xmpp_bridge.storage.types import UtcTime

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("room_id", ForeignKey(rooms.c.id), nullable=False),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_uploads_room_id", "room_id"),
)

slots = Table(
    "slots",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("token_sha256", String(64), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("sha256", String(64)),
    Index("ix_slots_account_id", "account_id"),
)
"""What XMPP clients have announced (XEP-0363); `sha256` is null until it has come."""
