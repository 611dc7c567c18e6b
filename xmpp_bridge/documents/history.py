"""The service's durable copy of every document: what is called safe is in here.

pycrdt holds the interpreter's lock, so a thread would not free the event loop: 5 MB take 5 ms to load and 10 ms
to encode. Only SQL leaves the loop, through the asynchronous drivers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import NamedTuple, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.documents import history_rows as rows
from xmpp_bridge.documents import relay_rows
from xmpp_bridge.documents.durable_copy import CannotIntegrateError, CopyCache, DurableCopy
from xmpp_bridge.documents.entry import (
    ContradictionError,
    Entry,
    UnreadableUpdateError,
)
from xmpp_bridge.documents.folding import NOTHING_FOLDED, Folded, Folder
from xmpp_bridge.documents.recorded import record_edits
from xmpp_bridge.documents.relay import Relay
from xmpp_bridge.documents.tables import clients
from xmpp_bridge.documents.trial import check_existing, integrate
from xmpp_bridge.documents.update import (
    EMPTY_UPDATE,
    read_state_vector,
    read_update,
    write_state_vector,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    NotReadyError,
)

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

SNAPSHOT_EVERY = 1000
WINDOW = timedelta(minutes=1)
CACHE_BYTES = 256 * 1024 * 1024


class Kept(NamedTuple):
    """Under which ids entries are kept, and which updates cannot be read: what they hang on is not here."""

    ids: list[int]
    hanging: frozenset[int]


class Vectors(NamedTuple):
    """How much of each client's history is `here`, and what somebody is `shown`.

    What others relayed of their own is not shown to them, so that they bring it once more.
    """

    here: bytes
    shown: bytes


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
        """As `keep`; return only the ids."""
        return (await self.keep(entries)).ids

    async def keep(self, entries: Sequence[Entry]) -> Kept:
        """Keep all of these entries for good, or raise one of `entry.REFUSALS` and keep none."""
        if not entries:
            return Kept([], frozenset())
        touched = sorted({entry.document for entry in entries})
        async with self._locked(touched):
            try:
                return await self._persist(partial(self._append, entries, touched))
            except ContradictionError as error:
                await self._dispute(error)
                raise

    async def relay(self, relay: Relay) -> relay_rows.Fresh:
        """Keep for good what is new of a relay, and its mark; return it. Raises BridgeErrors."""
        async with self._locked([relay.document]):
            return await self._persist(partial(self._relay, relay))

    async def state(self, document: DocumentId) -> bytes:
        """The whole document as one Yjs update; empty for one that has no history."""
        async with self._current(document) as copy:
            return copy.diff()

    async def state_vector(self, document: DocumentId) -> bytes:
        """How much of each client's history is here and integrated."""
        async with self._current(document) as copy:
            return copy.state_vector()

    async def vectors_for(self, document: DocumentId, account_id: int) -> Vectors:
        """The same, and what is to be shown to this account."""
        async with self._current(document) as copy:
            here = copy.state_vector()
            asking = {
                stretch.client: stretch.start
                for stretch in copy.relayed
                if stretch.awaits(account_id, copy.owners.get(stretch.client))
            }
            if not asking:
                return Vectors(here, here)
            vector = read_state_vector(here)
            shown = {
                client: min(clock, asking.get(client, clock)) for client, clock in vector.items()
            }
            return Vectors(here, write_state_vector(shown))

    async def diff(self, document: DocumentId, state_vector: bytes) -> bytes:
        """What a replica at `state_vector` lacks, as one Yjs update."""
        async with self._current(document) as copy:
            return copy.diff(state_vector)

    async def versions(self, documents: Collection[DocumentId]) -> dict[DocumentId, str]:
        """What each document is at: another text after each commit, and after a restored database too.

        Costs a look at one row each. A document without history is not among them.
        """
        async with reading(self._engine) as connection:
            return await rows.versions_of(connection, documents)

    async def newest_first(self) -> list[DocumentId]:
        """Every document there is, those which changed last at the beginning, those without history at the end."""
        async with reading(self._engine) as connection:
            return await rows.newest_first(connection)

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

    async def _append(self, entries: Sequence[Entry], touched: Sequence[DocumentId]) -> Kept:
        # Taken out of the cache: should anything fail, they are read anew.
        copies = {document: self._cache.take(document) for document in touched}
        async with writing(self._engine) as connection:
            existing = await rows.lock(connection, touched)
            check_existing(entries, existing)
            current = await rows.bring_all_up_to_date(connection, copies, self._unreadable)
            await rows.claim(connection, entries, current)
            await relay_rows.confront(connection, entries, current)
            ids = await rows.insert_entries(connection, entries)
            # Before the commit: what cannot be integrated would be in everybody's way for ever.
            integrate(entries, ids, current)
            kept = dict(zip(ids, entries, strict=True))
            await record_edits(connection, kept, current, existing)
        for document, copy in current.items():
            self._keep(document, copy)
        return Kept(ids, frozenset().union(*(copy.hanging for copy in current.values())))

    async def _relay(self, relay: Relay) -> relay_rows.Fresh:
        copy = self._cache.take(relay.document)
        async with writing(self._engine) as connection:
            existing = await rows.lock(connection, [relay.document])
            if not existing:
                raise NotFoundError("no such document")
            copy = await rows.bring_up_to_date(connection, relay.document, copy, self._unreadable)
            fresh = relay_rows.fresh(copy, relay.update)
            if fresh.update != EMPTY_UPDATE:
                kept = await self._keep_relay(connection, relay, fresh.update, copy)
                await record_edits(connection, kept, {relay.document: copy}, existing, "relayed")
        self._keep(relay.document, copy)
        return fresh

    async def _keep_relay(
        self, connection: AsyncConnection, relay: Relay, update: bytes, copy: DurableCopy
    ) -> dict[int, Entry]:
        structs = read_update(update).structs
        clients_ = {each.client for each in structs}
        owners = await rows.owners_of(connection, relay.document, clients_)
        if any(relay.authors.get(client) != (owner, True) for client, owner in owners.items()):
            raise NotReadyError("somebody has begun to use one of these Yjs clients just now")
        entry = Entry(
            relay.document,
            relay.relayer_id,
            relay.replica,
            None,
            update,
            structs,
            relay.received_at,
        )
        ids = await rows.insert_entries(connection, [entry])
        copy.relayed = [*copy.relayed, *await relay_rows.keep(connection, relay, update)]
        integrate([entry], ids, {relay.document: copy})
        try:
            copy.settle()
        except CannotIntegrateError as error:
            raise UnreadableUpdateError(entry) from error
        return {ids[0]: entry}

    async def _dispute(self, error: ContradictionError) -> None:
        entry = error.entry
        _log.error(
            "relay contradicted by its author: document=%s client=%d account=%d",
            entry.document,
            error.client,
            entry.account_id,
        )
        async with writing(self._engine) as connection:
            await relay_rows.dispute(connection, entry.document, error.client, entry.received_at)

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
        copy.settle()
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
