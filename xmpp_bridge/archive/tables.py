"""The archive's tables."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Column, Enum, ForeignKey, Index, Table, Text

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms.tables import rooms
from xmpp_bridge.storage.base import metadata
from xmpp_bridge.storage.types import Lexemes, RowId, UtcTime


class Kind(StrEnum):
    """What was said: a message, or something about one."""

    MESSAGE = "message"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    MODERATION = "moderation"
    REACTION = "reaction"
    RESOLUTION = "resolution"


class Notify(StrEnum):
    """Of which messages in a room a person wants to be told."""

    ALL = "all"
    MENTIONS = "mentions"
    NONE = "none"


def _closed(values: type[StrEnum], name: str) -> Enum:
    return Enum(
        values,
        name=name,
        native_enum=False,
        length=16,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )


# Append-only, what was said about a message included: the original text stays. The room's own ids are its order; `id`
# is the order of all rooms together (archive/order.py).
said = Table(
    "chat_said",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("room_id", ForeignKey(rooms.c.id), nullable=False),
    Column("stanza_id", BigInteger, nullable=False),
    Column("kind", _closed(Kind, "kind"), nullable=False),
    Column("sender", Text, nullable=False),  # the real bare JID, as the XMPP server vouches for
    Column("account_id", ForeignKey(accounts.c.id)),
    Column("said_at", UtcTime, nullable=False),
    Column("origin_id", Text),
    Column("body", Text, nullable=False),
    Column("target", BigInteger),  # the stanza-id of what it is about
    Column("original", Text),  # or the origin-id
    Column("details", JSON, nullable=False),
    Index("uq_chat_said_room_id_stanza_id", "room_id", "stanza_id", unique=True),
    Index("ix_chat_said_room_id_target", "room_id", "target"),
    Index("ix_chat_said_room_id_original", "room_id", "original"),
    Index("ix_chat_said_room_id_kind_stanza_id", "room_id", "kind", "stanza_id"),
)

# What messages are found by, as they are now: a correction replaces it, a retraction removes it.
# On SQLite triggers keep the full-text index `chat_index` in step (storage/migrations).
found_by = Table(
    "chat_words",
    metadata,
    Column("id", ForeignKey(said.c.id), primary_key=True, autoincrement=False),
    Column("room_id", ForeignKey(rooms.c.id), nullable=False),
    Column("lexemes", Lexemes, nullable=False),
    Index("ix_chat_words_room_id_id", "room_id", "id"),
    Index("ix_chat_words_lexemes", "lexemes", postgresql_using="gin").ddl_if(dialect="postgresql"),
)

mentions = Table(
    "chat_mentions",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("jid", Text, primary_key=True),
    Column("stanza_id", BigInteger, primary_key=True, autoincrement=False),
)

marks = Table(
    "chat_marks",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), primary_key=True),
    Column("read", BigInteger),  # the newest message that this person has seen
    Column("notify", _closed(Notify, "notify"), nullable=False),
)
