"""Rooms, who is in them, and the documents they hold."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Column, Enum, ForeignKey, Index, String, Table, Text

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.storage.base import metadata
from xmpp_bridge.storage.types import UtcTime


def _closed(values: type[StrEnum], name: str) -> Enum:
    return Enum(
        values,
        name=name,
        native_enum=False,
        length=16,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )


# Ids are never reused: what has been removed keeps its row, and with it what was written.
rooms = Table(
    "rooms",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
    Column("direct", Text),  # the pair of accounts whose room this is (rooms/direct.py)
    Index("uq_rooms_direct", "direct", unique=True),
)

members = Table(
    "room_members",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), primary_key=True, index=True),
    Column("role", _closed(Role, "role"), nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("room_id", ForeignKey(rooms.c.id), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("type", _closed(DocumentType, "type"), nullable=False),
    Column("format", _closed(DocumentFormat, "format"), nullable=False),
    Column("creator_id", ForeignKey(accounts.c.id), nullable=False),
    Column("password", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("born_at", UtcTime),  # when its creator wrote the first of its history
    Column("removed_at", UtcTime),
)
