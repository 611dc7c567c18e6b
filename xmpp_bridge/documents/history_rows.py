"""Steps inside a transaction of `history.py`."""

from __future__ import annotations

import logging
import zlib
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple, TypeVar

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from xmpp_bridge.documents import relay_rows
from xmpp_bridge.documents.durable_copy import DurableCopy
from xmpp_bridge.documents.entry import Entry, ForeignClientError
from xmpp_bridge.documents.folding import Folded, Logged
from xmpp_bridge.documents.tables import clients, snapshots, updates, windows
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.tables import documents
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError

_log = logging.getLogger(__name__)
_Id = TypeVar("_Id")

_ROWS_AT_A_TIME = 200
_RAW_DEFLATE: Final = -15
_IDS_AT_A_TIME = 500  # far below what either database takes in one statement


async def lock(
    connection: AsyncConnection, wanted: Collection[DocumentId]
) -> dict[DocumentId, RoomId]:
    """Those of the documents that exist, and their rooms; nobody else appends to them until the transaction ends.

    So the ids of one document's updates grow in the order of their commits.
    """
    query = (
        select(documents.c.id, documents.c.room_id)
        .where(documents.c.id.in_(wanted), documents.c.removed_at.is_(None))
        .order_by(documents.c.id)
        .with_for_update(key_share=True)
    )
    return {row.id: RoomId(row.room_id) for row in await connection.execute(query)}


async def bring_up_to_date(
    connection: AsyncConnection,
    document: DocumentId,
    copy: DurableCopy | None,
    unreadable: Collection[int],
) -> DurableCopy:
    """The document as the database has it, but for `unreadable`: `copy` if there is one, or a new one."""
    copy = copy or await _from_snapshot(connection, document, unreadable)
    start = copy.through_id
    async for window in windows_after(connection, document, start):
        if window.through_id not in unreadable:
            copy.apply(window.through_id, window.data)
    async for row in updates_after(connection, document, start):
        copy.since_snapshot += 1
        copy.through_id = max(copy.through_id, row.id)
        if row.id not in unreadable:
            copy.apply(row.id, row.data)
    copy.relayed = await relay_rows.stretches(connection, document)
    return copy


class StoredWindow(NamedTuple):
    """A window as it is read again."""

    through_id: int
    data: bytes


async def windows_after(
    connection: AsyncConnection, document: DocumentId, start: int
) -> AsyncIterator[StoredWindow]:
    """The windows that go beyond the update `start`, in their order. A page at a time: others get their turn."""
    query = (
        select(windows.c.through_id, windows.c.data)
        .where(windows.c.document_id == document)
        .order_by(windows.c.through_id)
        .limit(_ROWS_AT_A_TIME)
    )
    while page := (await connection.execute(query.where(windows.c.through_id > start))).all():
        for row in page:
            start = row.through_id
            yield StoredWindow(start, unfolded(row.data))


async def updates_after(
    connection: AsyncConnection, document: DocumentId, start: int
) -> AsyncIterator[Logged]:
    """The updates behind `start`, in their order; a page at a time."""
    query = (
        select(updates.c.id, updates.c.account_id, updates.c.received_at, updates.c.data)
        .where(updates.c.document_id == document)
        .order_by(updates.c.id)
        .limit(_ROWS_AT_A_TIME)
    )
    while page := (await connection.execute(query.where(updates.c.id > start))).all():
        for row in page:
            start = row.id
            yield Logged(row.id, row.account_id, row.received_at, row.data)


async def keep_folded(connection: AsyncConnection, document: DocumentId, folded: Folded) -> None:
    """Write the windows, and remove the updates for which they stand; raises ConflictError if others have done so."""
    # First: of two services which fold the same, the second is told so by this, and not by the windows' key.
    for some in _chunks(folded.gone):
        removed = await connection.execute(delete(updates).where(updates.c.id.in_(some)))
        if removed.rowcount != len(some):
            raise ConflictError("some of these updates are folded already")
    if folded.windows:
        await connection.execute(
            insert(windows),
            [
                {
                    "document_id": document,
                    "through_id": window.through_id,
                    "began_at": window.began_at,
                    "ended_at": window.ended_at,
                    "authors": list(window.authors),
                    "parts": [part.to_json() for part in window.parts],
                    "data": zlib.compress(window.data, wbits=_RAW_DEFLATE),
                }
                for window in folded.windows
            ],
        )


async def bring_all_up_to_date(
    connection: AsyncConnection,
    copies: Mapping[DocumentId, DurableCopy | None],
    unreadable: Collection[int],
) -> dict[DocumentId, DurableCopy]:
    """The same for several documents; those of which nothing is missing cost one query together."""
    query = (
        select(updates.c.document_id, func.max(updates.c.id))
        .where(updates.c.document_id.in_(copies))
        .group_by(updates.c.document_id)
    )
    newest = {row[0]: row[1] for row in await connection.execute(query)}
    return {
        document: copy
        if copy is not None and copy.through_id == newest.get(document, 0)
        else await bring_up_to_date(connection, document, copy, unreadable)
        for document, copy in copies.items()
    }


async def versions_of(
    connection: AsyncConnection, wanted: Collection[DocumentId]
) -> dict[DocumentId, str]:
    """The newest update of each document, which always stays; ids alone come again after a restore."""
    found: dict[DocumentId, str] = {}
    for some in _chunks(wanted):
        newest = (
            select(func.max(updates.c.id))
            .where(updates.c.document_id.in_(some))
            .group_by(updates.c.document_id)
        )
        query = select(updates.c.document_id, updates.c.id, updates.c.received_at).where(
            updates.c.id.in_(newest)
        )
        for row in await connection.execute(query):
            at = int(row.received_at.timestamp() * 1_000_000)
            found[row.document_id] = f"{row.id:x}-{at:x}"
    return found


async def newest_first(connection: AsyncConnection) -> list[DocumentId]:
    """Every document there is, by its newest update; one look into the index for each."""
    newest = (
        select(updates.c.id)
        .where(updates.c.document_id == documents.c.id)
        .order_by(updates.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(documents.c.id)
        .where(documents.c.removed_at.is_(None))
        .order_by(func.coalesce(newest, 0).desc(), documents.c.created_at, documents.c.id)
    )
    return list((await connection.execute(query)).scalars())


async def keep_snapshot(
    connection: AsyncConnection,
    document: DocumentId,
    copy: DurableCopy,
    unreadable: Collection[int],
) -> None:
    """Write down what `copy` has, so that the next one need not read all of the past."""
    left_out = [
        row_id
        for some in _chunks(unreadable)
        for ids in (
            select(updates.c.id).where(updates.c.document_id == document, updates.c.id.in_(some)),
            select(windows.c.through_id).where(
                windows.c.document_id == document, windows.c.through_id.in_(some)
            ),
        )
        for row_id in (await connection.execute(ids)).scalars()
    ]
    values = {
        "through_id": copy.through_id,
        "state": copy.integrated(),
        # A later release may be able to read what this one cannot.
        "waiting": sorted({*copy.waiting, *left_out}),
    }
    known = update(snapshots).where(snapshots.c.document_id == document).values(values)
    if not (await connection.execute(known)).rowcount:
        await connection.execute(insert(snapshots).values(document_id=document, **values))
    copy.since_snapshot = 0


async def claim(
    connection: AsyncConnection,
    entries: Iterable[Entry],
    copies: Mapping[DocumentId, DurableCopy],
) -> None:
    """Give each Yjs client of these entries to the first account that used it, or refuse the entry."""
    new: dict[tuple[DocumentId, int], int] = {}
    for entry in entries:
        owners = copies[entry.document].owners
        unknown = {client for client, _, _ in entry.clients} - owners.keys()
        if unknown:
            owners |= await owners_of(connection, entry.document, unknown)
        for client, _, _ in entry.clients:
            if client not in owners:
                owners[client] = new[entry.document, client] = entry.account_id
            elif owners[client] != entry.account_id:
                raise ForeignClientError(entry)
    if new:
        await connection.execute(
            insert(clients),
            [
                {"document_id": document, "client_id": client, "account_id": account_id}
                for (document, client), account_id in new.items()
            ],
        )


async def owners_of(
    connection: AsyncConnection, document: DocumentId, used: Collection[int] | None = None
) -> dict[int, int]:
    """Whose each of these Yjs clients is, or all of the document's."""
    query = select(clients.c.client_id, clients.c.account_id).where(
        clients.c.document_id == document
    )
    if used is None:
        return _pairs(await connection.execute(query))
    owners: dict[int, int] = {}
    for some in _chunks(used):
        owners |= _pairs(await connection.execute(query.where(clients.c.client_id.in_(some))))
    return owners


async def insert_entries(connection: AsyncConnection, entries: Sequence[Entry]) -> list[int]:
    """The ids of the entries, in their order."""
    ids = await connection.execute(
        insert(updates).returning(updates.c.id, sort_by_parameter_order=True),
        [
            {
                "document_id": entry.document,
                "account_id": entry.account_id,
                "replica": entry.replica,
                "sequence": entry.sequence,
                "received_at": entry.received_at,
                "data": entry.update,
            }
            for entry in entries
        ],
    )
    return list(ids.scalars())


async def _from_snapshot(
    connection: AsyncConnection, document: DocumentId, unreadable: Collection[int]
) -> DurableCopy:
    query = select(snapshots).where(snapshots.c.document_id == document)
    snapshot = (await connection.execute(query)).one_or_none()
    if snapshot is None:
        return DurableCopy()
    try:
        copy = DurableCopy(snapshot.state, snapshot.through_id)
    except BadPayloadError:
        _log.exception("snapshot unreadable: document=%s", document)
        return DurableCopy()  # all that it was made from is still there
    for some in _chunks(set(snapshot.waiting) - set(unreadable)):
        waiting = select(updates.c.id, updates.c.data).where(updates.c.id.in_(some))
        for row in await connection.execute(waiting):
            copy.apply(row.id, row.data)
        held = select(windows.c.through_id, windows.c.data).where(
            windows.c.document_id == document, windows.c.through_id.in_(some)
        )
        for row in await connection.execute(held):
            copy.apply(row.through_id, unfolded(row.data))
    return copy


def unfolded(data: bytes) -> bytes:
    """What a window holds; nothing that Yjs can read if it has rotted."""
    try:
        return zlib.decompress(data, wbits=_RAW_DEFLATE)
    except zlib.error:
        return b""


def _pairs(rows: Iterable[Row[int, int]]) -> dict[int, int]:
    return {row[0]: row[1] for row in rows}


def _chunks(ids: Collection[_Id]) -> Iterator[list[_Id]]:
    remaining = iter(ids)
    while chunk := list(islice(remaining, _IDS_AT_A_TIME)):
        yield chunk
