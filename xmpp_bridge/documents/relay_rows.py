"""Steps inside a transaction of `history.py` that have to do with relays."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from xmpp_bridge.documents.contradiction import contradicted
from xmpp_bridge.documents.durable_copy import DurableCopy
from xmpp_bridge.documents.entry import ContradictionError, Entry, ForeignClientError
from xmpp_bridge.documents.relay import NOBODY, Author, Relay, Stretch
from xmpp_bridge.documents.tables import relays
from xmpp_bridge.documents.update import (
    EMPTY_UPDATE,
    Deletes,
    Structs,
    UpdateContents,
    beyond,
    read_by_client,
    read_update,
    with_deletes,
    without_clients,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import ForbiddenError, NotReadyError

_log = logging.getLogger(__name__)

_RAW_DEFLATE: Final = -15


class Fresh(NamedTuple):
    """What of a relay is kept, as one update, empty if nothing is new; and the clients whose authors say otherwise."""

    update: bytes
    denied: frozenset[int] = frozenset()


def fresh(copy: DurableCopy, offered: bytes) -> Fresh:
    """What of a relay is new here and hangs together.

    A client's history that hangs on what is not here is left out, as is what its author has denied or given otherwise;
    the others' are not. Raises ForbiddenError if all of it is denied, NotReadyError if none of it hangs together.
    """
    cut = beyond(offered, copy.state_vector())
    contents = read_update(cut)
    if not contents.structs:
        return Fresh(EMPTY_UPDATE)
    denied = contents.clients & _denied(copy, cut)
    if denied == contents.clients:
        raise ForbiddenError("who wrote it has denied it, or has given something else")
    by_client = read_by_client(cut)
    fitting, reach = copy.fitting(
        {client: by_client[client] for client in by_client.keys() - denied}
    )
    if not fitting:
        raise NotReadyError("something between this and what is here is missing")
    cut = without_clients(cut, contents, contents.clients - fitting)
    return Fresh(with_deletes(cut, _within(contents.deletes, reach)), denied)


def _denied(copy: DurableCopy, offered: bytes) -> frozenset[int]:
    """Of which clients not both can be true: what is offered, and what their authors have said."""
    disputed = frozenset(stretch.client for stretch in copy.relayed if stretch.disputed)
    return disputed.union(*(contradicted(offered, waiting) for waiting in copy.waiting_updates))


def _within(deletes: Iterable[Deletes], reach: Mapping[int, int]) -> Iterator[Deletes]:
    """Without what is deleted of histories that are not here: whoever brings those brings that, too."""
    for client, start, end in deletes:
        here = min(end, reach.get(client, 0))
        if start < here:
            yield Deletes(client, start, here)


async def stretches(connection: AsyncConnection, document: DocumentId) -> tuple[Stretch, ...]:
    """What others brought of a document than who wrote it."""
    without_data = [column for column in relays.c if column is not relays.c.data]
    query = select(*without_data).where(relays.c.document_id == document)
    return tuple(
        Stretch(
            row.client_id,
            row.from_clock,
            row.to_clock,
            row.relayer_id,
            Author(row.author_id, row.author_known),
            confirmed=row.confirmed_at is not None,
            disputed=row.disputed_at is not None,
        )
        for row in await connection.execute(query)
    )


async def keep(connection: AsyncConnection, relay: Relay, update: bytes) -> tuple[Stretch, ...]:
    """Mark what came by relay, but for what is the relayer's own."""
    contents = read_update(update)
    marked = [
        (structs, author)
        for structs in contents.structs
        if (author := relay.authors.get(structs.client, NOBODY)) != (relay.relayer_id, True)
    ]
    if marked:
        await connection.execute(
            insert(relays),
            [
                {
                    "document_id": relay.document,
                    "client_id": structs.client,
                    "from_clock": structs.start,
                    "to_clock": structs.end,
                    "relayer_id": relay.relayer_id,
                    "author_id": author.account_id,
                    "author_known": author.known,
                    "relayed_at": relay.received_at,
                    "data": _of_client(update, contents, structs),
                }
                for structs, author in marked
            ],
        )
    return tuple(
        Stretch(structs.client, structs.start, structs.end, relay.relayer_id, author)
        for structs, author in marked
    )


async def confront(
    connection: AsyncConnection, entries: Iterable[Entry], copies: Mapping[DocumentId, DurableCopy]
) -> None:
    """Hold what people bring of their own against what others have relayed of it, or refuse the entry."""
    for entry in entries:
        copy = copies[entry.document]
        if not copy.relayed:
            continue  # nearly always
        copy.relayed = [await _confronted(connection, entry, each) for each in copy.relayed]


async def _confronted(connection: AsyncConnection, entry: Entry, stretch: Stretch) -> Stretch:
    brought = [structs for structs in entry.clients if structs.client == stretch.client]
    if not brought:
        return stretch
    if stretch.disputed:
        raise ContradictionError(entry, stretch.client)
    relayer_claims = not stretch.author.known and entry.account_id == stretch.relayer_id
    if relayer_claims and stretch.author.account_id != entry.account_id:
        raise ForeignClientError(entry)
    touches = any(each.start < stretch.end and stretch.start < each.end for each in brought)
    if stretch.confirmed or not touches:
        return stretch
    here = _is(entry.document, stretch)
    data = (await connection.execute(select(relays.c.data).where(*here))).scalar_one()
    if contradicted(entry.update, zlib.decompress(data, wbits=_RAW_DEFLATE)):
        raise ContradictionError(entry, stretch.client)
    if not any(each.start <= stretch.start and stretch.end <= each.end for each in brought):
        return stretch  # The rest of it is still to come.
    confirmed = update(relays).where(*here).values(confirmed_at=entry.received_at)
    await connection.execute(confirmed)
    _log.info("relay confirmed: document=%s client=%d", entry.document, stretch.client)
    return replace(stretch, confirmed=True)


async def dispute(
    connection: AsyncConnection, document: DocumentId, client: int, at: datetime
) -> None:
    """Note that whose this client is has brought something else than was relayed; the first time counts."""
    await connection.execute(
        update(relays)
        .where(
            relays.c.document_id == document,
            relays.c.client_id == client,
            relays.c.disputed_at.is_(None),
        )
        .values(disputed_at=at)
    )


def _is(document: DocumentId, stretch: Stretch) -> tuple[ColumnElement[bool], ...]:
    return (
        relays.c.document_id == document,
        relays.c.client_id == stretch.client,
        relays.c.from_clock == stretch.start,
    )


def _of_client(update: bytes, contents: UpdateContents, structs: Structs) -> bytes:
    alone = without_clients(update, contents, contents.clients - {structs.client})
    return zlib.compress(with_deletes(alone, ()), wbits=_RAW_DEFLATE)
