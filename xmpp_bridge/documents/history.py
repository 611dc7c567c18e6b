"""The service's durable copy of every document: what is called safe is in here.

pycrdt holds the interpreter's lock, so a thread would not free the event loop: 5 MB take 5 ms to load and 10 ms
to encode. Only SQL leaves the loop, through the asynchronous drivers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.documents import history_rows as rows
from xmpp_bridge.documents.durable_copy import CopyCache, DurableCopy
from xmpp_bridge.documents.entry import Entry, RemovedDocumentError, UnreadableUpdateError
from xmpp_bridge.documents.tables import clients, updates
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import BadPayloadError, ForbiddenError, NotFoundError

SNAPSHOT_EVERY = 2000
CACHE_BYTES = 256 * 1024 * 1024


class History:
    """Append-only; what is in memory is only ever made from what the database has committed."""

    def __init__(
        self,
        engine: AsyncEngine,
        snapshot_every: int = SNAPSHOT_EVERY,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self._engine = engine
        self._snapshot_every = snapshot_every
        self._cache = CopyCache(cache_bytes)
        self._locks: WeakValueDictionary[DocumentId, asyncio.Lock] = WeakValueDictionary()
        self._long_tails: set[DocumentId] = set()

    async def append(self, entries: Sequence[Entry]) -> list[int]:
        """Keep all of these entries for good, or raise one of `entry.REFUSALS` and keep none."""
        if not entries:
            return []
        touched = sorted({entry.document for entry in entries})
        async with self._locked(touched):
            # Taken out of the cache: should anything fail, they are read anew.
            copies = {document: self._cache.take(document) for document in touched}
            async with writing(self._engine) as connection:
                _check_existing(entries, await rows.lock(connection, touched))
                current = await rows.bring_all_up_to_date(connection, copies)
                # Before it is kept: one that cannot be integrated would be in everybody's way.
                _integrate(entries, current)
                await rows.claim(connection, entries, current)
                ids = await rows.insert_entries(connection, entries)
            for entry, row_id in zip(entries, ids, strict=True):
                current[entry.document].through_id = row_id
                current[entry.document].since_snapshot += 1
            for document, copy in current.items():
                self._keep(document, copy)
        return ids

    async def state(self, document: DocumentId) -> bytes:
        """The whole document as one Yjs update; empty for one that has no history."""
        async with self._current(document) as copy:
            return copy.diff()

    async def state_vector(self, document: DocumentId) -> bytes:
        """How much of each client's history is here and integrated."""
        async with self._current(document) as copy:
            return copy.state_vector()

    async def diff(self, document: DocumentId, state_vector: bytes) -> bytes:
        """What a replica at `state_vector` lacks, as one Yjs update."""
        async with self._current(document) as copy:
            return copy.diff(state_vector)

    async def authors(self, document: DocumentId) -> dict[int, int]:
        """Which account each Yjs client of the document belongs to."""
        async with reading(self._engine) as connection:
            return await rows.owners_of(connection, document)

    async def claim(self, document: DocumentId, client: int, account_id: int) -> None:
        """Make `client` this account's, or raise `ForbiddenError` if it is another's."""
        async with writing(self._engine) as connection:
            if not await rows.lock(connection, [document]):
                raise NotFoundError("no such document")
            owner = (await rows.owners_of(connection, document, [client])).get(client)
            if owner is None:
                values = {
                    "document_id": document,
                    "client_id": client,
                    "account_id": account_id,
                }
                await connection.execute(insert(clients).values(values))
            elif owner != account_id:
                raise ForbiddenError("a Yjs client id belongs to whom used it first")

    async def last_sequence(
        self, document: DocumentId, account_id: int, replica: str
    ) -> int | None:
        """The highest number of this account's replica that is safe."""
        query = select(func.max(updates.c.sequence)).where(
            updates.c.document_id == document,
            updates.c.account_id == account_id,
            updates.c.replica == replica,
        )
        async with reading(self._engine) as connection:
            number: int | None = (await connection.execute(query)).scalar_one()
        return number

    async def compact(self) -> int:
        """Write a snapshot of each document which has gone on for long without, and count them."""
        due = sorted(self._long_tails)
        for document in due:
            async with self._locked([document]):
                copy = self._cache.take(document)
                async with writing(self._engine) as connection:
                    copy = await rows.bring_up_to_date(connection, document, copy)
                    await rows.keep_snapshot(connection, document, copy)
                self._keep(document, copy)
            self._long_tails.discard(document)
        return len(due)

    @asynccontextmanager
    async def _current(self, document: DocumentId) -> AsyncIterator[DurableCopy]:
        async with self._locked([document]):
            copy = self._cache.take(document)
            async with reading(self._engine) as connection:
                copy = await rows.bring_up_to_date(connection, document, copy)
            self._keep(document, copy)
            yield copy

    @asynccontextmanager
    async def _locked(self, documents: Iterable[DocumentId]) -> AsyncIterator[None]:
        """Sorted, so that nobody waits for each other."""
        async with AsyncExitStack() as stack:
            for document in documents:
                lock = self._locks.setdefault(document, asyncio.Lock())
                await stack.enter_async_context(lock)
            yield

    def _keep(self, document: DocumentId, copy: DurableCopy) -> None:
        self._cache.put(document, copy)
        if copy.since_snapshot >= self._snapshot_every:
            self._long_tails.add(document)


def _check_existing(entries: Iterable[Entry], existing: frozenset[DocumentId]) -> None:
    for entry in entries:
        if entry.document not in existing:
            raise RemovedDocumentError(entry)


def _integrate(entries: Iterable[Entry], copies: dict[DocumentId, DurableCopy]) -> None:
    for entry in entries:
        try:
            copies[entry.document].apply(entry.update)
        except BadPayloadError as error:
            raise UnreadableUpdateError(entry) from error
    for copy in copies.values():
        copy.settle()
