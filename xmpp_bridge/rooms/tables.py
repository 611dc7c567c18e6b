"""Rooms, who is in them, and the documents they hold."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Enum, ForeignKey, Index, Integer, String, Table, Text

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms.entry import EntryKind, Restriction
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.storage.base import metadata
from xmpp_bridge.storage.types import RowId, UtcTime


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

# What the entries below come to, written in the same transaction: whoever asks looks here and nowhere else.
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

# People of other servers who are let into a room's chat, by bare JID.
guests = Table(
    "room_guests",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("jid", Text, primary_key=True),
    Column("invited_by", ForeignKey(accounts.c.id), nullable=False),
    Column("invited_at", UtcTime, nullable=False),
)

# A room in which the service tells what has changed in its notebooks.
digests = Table(
    "room_digests",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("told_at", UtcTime, nullable=False),
)

links = Table(
    "room_links",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("room_id", ForeignKey(rooms.c.id), nullable=False, index=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("role", _closed(Role, "role"), nullable=False),
    Column("group_name", Text),  # only for the members of this hub group
    Column("document_id", ForeignKey(documents.c.id)),  # what opens for whoever comes
    Column("most_uses", Integer),
    Column("uses", Integer, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
    Column("created_by", ForeignKey(accounts.c.id), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

# Why somebody is in: each by itself, so that each can be taken back by itself.
entries = Table(
    "room_entries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("room_id", ForeignKey(rooms.c.id), nullable=False, index=True),
    Column("kind", _closed(EntryKind, "kind"), nullable=False),
    Column("account_id", ForeignKey(accounts.c.id), index=True),
    Column("group_name", Text, index=True),
    Column("link_id", ForeignKey(links.c.id)),
    Column("role", _closed(Role, "role"), nullable=False),
    Column("created_by", ForeignKey(accounts.c.id)),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime),  # when whom somebody else let in has seen it
)

# Who is in which group of the hub, as far as the hub has told.
hub_group_members = Table(
    "hub_group_members",
    metadata,
    Column("group_name", Text, primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), primary_key=True, index=True),
)

restrictions = Table(
    "room_restrictions",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), primary_key=True, index=True),
    Column("kind", _closed(Restriction, "kind"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("until", UtcTime, index=True),
    Column("by_id", ForeignKey(accounts.c.id), nullable=False),
    Column("at", UtcTime, nullable=False),
)

locks = Table(
    "document_locks",
    metadata,
    Column("document_id", ForeignKey(documents.c.id), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("by_id", ForeignKey(accounts.c.id), nullable=False),
    Column("at", UtcTime, nullable=False),
)

heirs = Table(
    "room_heirs",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False),
)

# Whose hub shares, of which of their servers, let people into the room.
hub_shares = Table(
    "room_hub_shares",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False, index=True),
    Column("server_name", Text, nullable=False),
)

# A room whose owners have chosen that the files of whoever is taken out go.
take_backs = Table(
    "room_take_backs",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("by_id", ForeignKey(accounts.c.id), nullable=False),
    Column("at", UtcTime, nullable=False),
)

# Who was taken out of such a room and has not come back.
partings = Table(
    "room_partings",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), primary_key=True, index=True),
    Column("at", UtcTime, nullable=False),
)

quotas = Table(
    "quotas",
    metadata,
    Column("name", Text, primary_key=True),
    Column("most", BigInteger, nullable=False),
)
