"""The durable copy of every document."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
)

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms.tables import documents
from xmpp_bridge.storage.base import metadata
from xmpp_bridge.storage.types import RowId, UtcTime

# Ids of one document grow in the order of their commits: its row is locked meanwhile. The newest of a document always
# stays: SQLite gives the highest number out again when its row is gone.
updates = Table(
    "document_updates",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("document_id", ForeignKey(documents.c.id), nullable=False),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False),
    Column("replica", String(64), nullable=False),
    Column("sequence", BigInteger),
    Column("received_at", UtcTime, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_document_updates_document_id_id", "document_id", "id"),
)

# What stands for older updates, which are gone: those of some seconds together (documents/folding.py).
windows = Table(
    "document_windows",
    metadata,
    Column("document_id", ForeignKey(documents.c.id), primary_key=True),
    # The last update of them; no update that is still there has the same id.
    Column("through_id", RowId, primary_key=True, autoincrement=False),
    Column("began_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=False),
    # The accounts that sent them. Whose a struct is, its Yjs client says.
    Column("authors", JSON, nullable=False),
    # What each of them did of it (documents/part.py); empty where they were folded by an older release.
    Column("parts", JSON),
    # A Yjs update, deflated (RFC 1951).
    Column("data", LargeBinary, nullable=False),
)

# Made from all of these, so that nobody reads all of them: losing this table loses nothing.
snapshots = Table(
    "document_snapshots",
    metadata,
    Column("document_id", ForeignKey(documents.c.id), primary_key=True),
    Column("through_id", RowId, nullable=False),
    Column("state", LargeBinary, nullable=False),
    # Ids of updates up to `through_id` which are not part of `state`: what they depend on had not come yet.
    Column("waiting", JSON, nullable=False),
)

clients = Table(
    "document_clients",
    metadata,
    Column("document_id", ForeignKey(documents.c.id), primary_key=True),
    Column("client_id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False),
)

# What somebody else brought than who wrote it, because the writer's own replica was gone (documents/relay.py). Part of
# the updates above, too; here it stays apart when those are folded, and says whose word it is.
relays = Table(
    "document_relays",
    metadata,
    Column("document_id", ForeignKey(documents.c.id), primary_key=True),
    Column("client_id", BigInteger, primary_key=True, autoincrement=False),
    Column("from_clock", BigInteger, primary_key=True, autoincrement=False),
    Column("to_clock", BigInteger, nullable=False),
    Column("relayer_id", ForeignKey(accounts.c.id), nullable=False),
    # Whose it is, or is said to be by the relayer; empty when nobody can tell.
    Column("author_id", ForeignKey(accounts.c.id)),
    # Whether the client id was this account's before anybody relayed.
    Column("author_known", Boolean, nullable=False),
    Column("relayed_at", UtcTime, nullable=False),
    # When the author brought the same; when the author brought something else.
    Column("confirmed_at", UtcTime),
    Column("disputed_at", UtcTime),
    # This stretch as a Yjs update, deflated (RFC 1951).
    Column("data", LargeBinary, nullable=False),
)
