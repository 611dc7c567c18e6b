"""The service's durable copy of every document: what is called safe is in here.

pycrdt holds the interpreter's lock, so a thread would not free the event loop: 5 MB take 5 ms to load and 10 ms
to encode. Only SQL leaves the loop, through the asynchronous drivers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.documents import history_rows as rows
from xmpp_bridge.documents.durable_copy import CannotIntegrateError, CopyCache, DurableCopy
from xmpp_bridge.documents.entry import Entry, RemovedDocumentError, UnreadableUpdateError
from xmpp_bridge.documents.folding import NOTHING_FOLDED, Folded, Folder
from xmpp_bridge.documents.tables import clients
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
)

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

SNAPSHOT_EVERY = 1000
WINDOW = timedelta(minutes=1)
CACHE_BYTES = 256 * 1024 * 1024


class History:
    """Never forgets what was kept; what is in memory is only ever made from what the database has committed."""

    def __init__(
        self,
        engine: AsyncEngine,
        snapshot_every: int = SNAPSHOT_EVERY,
        cache_bytes: int = CACHE_BYTES,
        window: timedelta = WINDOW,
    ) -> None:
        """Updates are kept one by one, until there are `snapshot_every`; then those of each `window` together.

        A window of no length keeps each one for ever.
        """
        self._engine = engine
        self._snapshot_every = snapshot_every
        self._window = window
        self._cache = CopyCache(cache_bytes)
        self._locks: WeakValueDictionary[DocumentId, asyncio.Lock] = WeakValueDictionary()
        self._long_tails: set[DocumentId] = set()
        self._unreadable: set[int] = set()

    async def append(self, entries: Sequence[Entry]) -> list[int]:
        """Keep all of these entries for good, or raise one of `entry.REFUSALS` and keep none."""
        if not entries:
            return []
        touched = sorted({entry.document for entry in entries})
        async with self._locked(touched):
            return await self._persist(partial(self._append, entries, touched))

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

    async def compact(self) -> int:
        """Fold the updates of each document which has many, write a snapshot of it, and count those documents."""
        due = sorted(self._long_tails)
        for document in due:
            async with self._locked([document]):
                try:
                    await self._persist(partial(self._compact, document))
                except ConflictError as error:
                    _log.info("compacted by another: document=%s reason=%s", document, error)
                    self._long_tails.discard(document)
        return len(due)

    async def _append(self, entries: Sequence[Entry], touched: Sequence[DocumentId]) -> list[int]:
        # Taken out of the cache: should anything fail, they are read anew.
        copies = {document: self._cache.take(document) for document in touched}
        async with writing(self._engine) as connection:
            _check_existing(entries, await rows.lock(connection, touched))
            current = await rows.bring_all_up_to_date(connection, copies, self._unreadable)
            await rows.claim(connection, entries, current)
            ids = await rows.insert_entries(connection, entries)
            # Before the commit: what cannot be integrated would be in everybody's way for ever.
            _integrate(entries, ids, current)
        for document, copy in current.items():
            self._keep(document, copy)
        return ids

    async def _compact(self, document: DocumentId) -> None:
        copy = self._cache.take(document)
        async with reading(self._engine) as connection:
            copy = await rows.bring_up_to_date(connection, document, copy, self._unreadable)
            folded = await self._folded(connection, document, copy)
        async with writing(self._engine) as connection:
            await rows.lock(connection, [document])
            await rows.keep_folded(connection, document, folded)
            await rows.keep_snapshot(connection, document, copy, self._unreadable)
        self._long_tails.discard(document)
        self._keep(document, copy)

    async def _folded(
        self, connection: AsyncConnection, document: DocumentId, copy: DurableCopy
    ) -> Folded:
        """From all that is stored, not from `copy`: if the two differ, nothing is to be forgotten."""
        if not self._window:
            return NOTHING_FOLDED
        folder = Folder(self._window, self._unreadable)
        async for window in rows.windows_after(connection, document, 0):
            if window.through_id not in self._unreadable:
                folder.replay(window.through_id, window.data)
        async for logged in rows.updates_after(connection, document, 0):
            folder.add(logged)
        try:
            folded = folder.finish()
        except BadPayloadError:
            _log.exception("updates not folded: document=%s", document)
            return NOTHING_FOLDED
        stored = folder.proceed()
        if stored.through_id != copy.through_id:
            return NOTHING_FOLDED  # Another service writes, too: next time.
        if not stored.equals(copy):
            _log.error("updates not folded, run documents check: document=%s", document)
            return NOTHING_FOLDED
        return folded

    async def _read(self, document: DocumentId) -> DurableCopy:
        copy = self._cache.take(document)
        async with reading(self._engine) as connection:
            copy = await rows.bring_up_to_date(connection, document, copy, self._unreadable)
        self._keep(document, copy)
        return copy

    async def _persist(self, attempt: Callable[[], Awaitable[_T]]) -> _T:
        """Do it, each time without one more of the stored updates that turn out to be unreadable."""
        while True:
            try:
                return await attempt()
            except CannotIntegrateError as error:
                # It waited for something, or is from another release: better all the others than none.
                _log.exception("update unreadable: id=%d", error.row_id)
                self._unreadable.add(error.row_id)

    @asynccontextmanager
    async def _current(self, document: DocumentId) -> AsyncIterator[DurableCopy]:
        async with self._locked([document]):
            yield await self._persist(partial(self._read, document))

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


def _integrate(
    entries: Sequence[Entry], ids: Sequence[int], copies: Mapping[DocumentId, DurableCopy]
) -> None:
    by_id = dict(zip(ids, entries, strict=True))
    for row_id, entry in by_id.items():
        copy = copies[entry.document]
        copy.since_snapshot += 1
        try:
            copy.apply(row_id, entry.update)
        except CannotIntegrateError as error:
            if error.row_id in by_id:
                raise UnreadableUpdateError(by_id[error.row_id]) from error
            raise
