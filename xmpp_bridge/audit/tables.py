"""The record's tables: nothing in them refers to others, so that nothing there can be in its way."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnClause,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    literal_column,
)

from xmpp_bridge.audit.event import Kind
from xmpp_bridge.storage.base import metadata
from xmpp_bridge.storage.types import RowId, UtcTime

FREQUENT: Final = (Kind.CHAT, Kind.EDIT)
"""Nearly all entries are of these kinds: an index of the others alone is small, and costs these nothing."""
ABOUT_SOMEBODY: Final[ColumnClause[Any]] = literal_column("about_id IS NOT NULL")
OF_A_DOCUMENT: Final[ColumnClause[Any]] = literal_column("document_id IS NOT NULL")
RARE: Final[ColumnClause[Any]] = literal_column("kind NOT IN ('chat', 'edit')")
"""Must be said in a query as it is in the index, or SQLite does not use it (sqlite.org/partialindex.html, 3)."""


def _what() -> list[Column[object]]:
    """Columns of what happened, as far as the tree holds it."""
    return [
        Column("at", UtcTime, nullable=False),
        Column("kind", String(16), nullable=False),
        Column("action", String(32), nullable=False),
        Column("account_id", BigInteger),
        Column("about_id", BigInteger),
        Column("room_id", String(32)),
        Column("document_id", String(32)),
        Column("content_hash", LargeBinary, nullable=False),
    ]


# Written in the transaction of what it tells of; has no place in the tree yet.
queue = Table(
    "record_queue",
    metadata,
    Column("id", RowId, primary_key=True),
    *_what(),
    Column("salt", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("blob", LargeBinary),
    Column("words", Text),
)

# Append-only: leaf number `position` of the tree. `entry` is what was hashed, the columns are for finding it.
entries = Table(
    "record_entries",
    metadata,
    Column("position", RowId, primary_key=True, autoincrement=False),
    *_what(),
    Column("entry", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Index("ix_record_entries_room_id_position", "room_id", "position"),
    Index("ix_record_entries_account_id_position", "account_id", "position"),
    Index(
        "ix_record_entries_document_id_position",
        "document_id",
        "position",
        sqlite_where=OF_A_DOCUMENT,
        postgresql_where=OF_A_DOCUMENT,
    ),
    Index("ix_record_entries_at_position", "at", "position"),
    Index(
        "ix_record_entries_about_id_position",
        "about_id",
        "position",
        sqlite_where=ABOUT_SOMEBODY,
        postgresql_where=ABOUT_SOMEBODY,
    ),
    Index(
        "ix_record_entries_kind_position",
        "kind",
        "position",
        sqlite_where=RARE,
        postgresql_where=RARE,
    ),
)

# Gone once it is destroyed; the entry stays.
contents = Table(
    "record_contents",
    metadata,
    Column("position", RowId, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("blob", LargeBinary),
)

# What was written, as it was. Its full-text index is `record_index` on SQLite, which triggers keep in step, and
# `ix_record_words_words` over an expression on PostgreSQL (storage/migrations).
words = Table(
    "record_words",
    metadata,
    Column("position", RowId, primary_key=True, autoincrement=False),
    Column("words", Text, nullable=False),
)

# Hashes of complete subtrees of 256^level leaves, so that no proof reads more than 256 hashes of a level.
tiles = Table(
    "record_tiles",
    metadata,
    Column("level", RowId, primary_key=True, autoincrement=False),
    Column("number", RowId, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

# One row: the size of the tree and the hashes from which it goes on growing.
head = Table(
    "record_head",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)

checkpoints = Table(
    "record_checkpoints",
    metadata,
    Column("size", RowId, primary_key=True, autoincrement=False),
    Column("signed_at", UtcTime, nullable=False),
    Column("note", Text, nullable=False),
)

# What may not be destroyed, not even after its time: everything of a room, or of a person.
holds = Table(
    "record_holds",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("room_id", String(32)),
    Column("account_id", BigInteger),
    Column("reason", Text, nullable=False),
    Column("placed_at", UtcTime, nullable=False),
    Column("lifted_at", UtcTime),
)
