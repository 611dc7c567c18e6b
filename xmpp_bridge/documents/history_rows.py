"""Steps inside a transaction of `history.py`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from xmpp_bridge.documents.durable_copy import DurableCopy
from xmpp_bridge.documents.entry import Entry, ForeignClientError
from xmpp_bridge.documents.tables import clients, snapshots, updates
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.tables import documents
from xmpp_bridge.xmpp.errors import BadPayloadError

_log = logging.getLogger(__name__)

_ROWS_AT_A_TIME = 200
_IDS_AT_A_TIME = 500  # far below what either database takes in one statement


class _UnreadableRowError(Exception):
    def __init__(self, row_id: int) -> None:
        super().__init__(row_id)
        self.row_id = row_id


async def lock(
    connection: AsyncConnection, wanted: Collection[DocumentId]
) -> frozenset[DocumentId]:
    """Those of the documents that exist; nobody else appends to them until the transaction ends.

    So the ids of one document's updates grow in the order of their commits.
    """
    query = (
        select(documents.c.id)
        .where(documents.c.id.in_(wanted), documents.c.removed_at.is_(None))
        .order_by(documents.c.id)
        .with_for_update(key_share=True)
    )
    return frozenset((await connection.execute(query)).scalars())


async def bring_all_up_to_date(
    connection: AsyncConnection, copies: Mapping[DocumentId, DurableCopy | None]
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
        else await bring_up_to_date(connection, document, copy)
        for document, copy in copies.items()
    }


async def bring_up_to_date(
    connection: AsyncConnection, document: DocumentId, copy: DurableCopy | None
) -> DurableCopy:
    """The document as the database has it: `copy` if there is one, else from the snapshot."""
    unreadable: set[int] = set()
    while True:
        try:
            copy = copy or await _from_snapshot(connection, document)
            await _read_on(connection, document, copy, unreadable)
        except _UnreadableRowError as error:
            # It was readable when it was appended; better all the others than none.
            _log.error("update unreadable: document=%s id=%d", document, error.row_id)
            unreadable.add(error.row_id)
            copy = None
        else:
            return copy


async def keep_snapshot(
    connection: AsyncConnection, document: DocumentId, copy: DurableCopy
) -> None:
    """Write down what `copy` has, so that the next one need not read all of the past."""
    values = {"through_id": copy.through_id, "state": copy.diff()}
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


async def _from_snapshot(connection: AsyncConnection, document: DocumentId) -> DurableCopy:
    copy = DurableCopy()
    query = select(snapshots.c.state, snapshots.c.through_id)
    row = (await connection.execute(query.where(snapshots.c.document_id == document))).one_or_none()
    if row is None:
        return copy
    try:
        copy.apply(row.state)
    except BadPayloadError:
        # All that it was made from is still there.
        _log.exception("snapshot unreadable: document=%s", document)
        return DurableCopy()
    copy.settle()
    copy.through_id = row.through_id
    return copy


async def _read_on(
    connection: AsyncConnection,
    document: DocumentId,
    copy: DurableCopy,
    unreadable: Collection[int],
) -> None:
    query = (
        select(updates.c.id, updates.c.data)
        .where(updates.c.document_id == document)
        .order_by(updates.c.id)
        .limit(_ROWS_AT_A_TIME)
    )
    # A page at a time: other tasks get their turn in between.
    while page := (await connection.execute(query.where(updates.c.id > copy.through_id))).all():
        for row in page:
            copy.through_id = row.id
            copy.since_snapshot += 1
            if row.id not in unreadable:
                _apply_row(copy, row.id, row.data)
        copy.settle()


def _apply_row(copy: DurableCopy, row_id: int, data: bytes) -> None:
    try:
        copy.apply(data)
    except BadPayloadError as error:
        raise _UnreadableRowError(row_id) from error


def _pairs(rows: Iterable[Row[int, int]]) -> dict[int, int]:
    return {row[0]: row[1] for row in rows}


def _chunks(numbers: Collection[int]) -> Iterator[list[int]]:
    remaining = iter(numbers)
    while chunk := list(islice(remaining, _IDS_AT_A_TIME)):
        yield chunk
