"""What was said, as it is now: read from the archive's rows within somebody's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, bindparam, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.archive import rows
from xmpp_bridge.archive.tables import Kind, said
from xmpp_bridge.chat.message import StanzaId
from xmpp_bridge.chat.spoken import Quote, Spoken, folded
from xmpp_bridge.rooms.identifiers import RoomId


def select_said(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(said, accounts.c.hub_user, accounts.c.display_name)
        .join(accounts, accounts.c.id == said.c.account_id, isouter=True)
        .where(*conditions)
    )


_OF_ROOMS = said.c.room_id.in_(bindparam("rooms", expanding=True)) & (said.c.kind != Kind.MESSAGE)
# Each by its own index: a database asked for either looks through all that was ever said.
_EVENTS = union_all(
    select_said(_OF_ROOMS, said.c.target.in_(bindparam("targets", expanding=True))),
    select_said(_OF_ROOMS, said.c.original.in_(bindparam("originals", expanding=True))),
)


async def messages(
    connection: AsyncConnection,
    room: RoomId,
    *conditions: ColumnElement[bool],
    newest_first: bool = True,
    limit: int | None = None,
) -> list[Row[Any]]:
    """Rows of messages, not of what was done to them."""
    order = said.c.stanza_id.desc() if newest_first else said.c.stanza_id
    query = select_said(said.c.room_id == room, said.c.kind == Kind.MESSAGE, *conditions)
    return list(await connection.execute(query.order_by(order).limit(limit)))


async def fold(
    connection: AsyncConnection, found: Sequence[Row[Any]], *, quoting: bool = True
) -> list[Spoken]:
    """The messages of whatever rooms as they are now, with the beginning of what each of them answers."""
    spoken = as_they_are(found, await _events(connection, found))
    return await quoted(connection, found, spoken) if quoting else spoken


def is_answer(spoken: Spoken) -> bool:
    return spoken.message.reply_to is not None


async def quoted(
    connection: AsyncConnection, found: Sequence[Row[Any]], spoken: Sequence[Spoken]
) -> list[Spoken]:
    """The messages of these rows, with the beginning of what each of them answers."""
    quotes = await _quotes(connection, found, spoken)
    return [
        rows.with_quote(each, quotes[row.room_id]) for row, each in zip(found, spoken, strict=True)
    ]


def with_events(found: Select[Any], dialect: str) -> CompoundSelect[Any]:
    """What is found and what was said about it, in one statement and no order.

    Each database has its own way of looking up a few among all that was ever said: SQLite joins by going through all
    of it first (its Bloom filter), PostgreSQL does that for lists.
    """
    messages = found.cte("found")
    same_room = said.c.room_id == messages.c.room_id
    about = (said.c.target == messages.c.stanza_id, said.c.original == messages.c.origin_id)
    if dialect == "sqlite":
        same_room = said.c.room_id.in_(select(messages.c.room_id))
        about = (
            said.c.target.in_(select(messages.c.stanza_id)),
            said.c.original.in_(select(messages.c.origin_id)),
        )
    events = (select_said(same_room, said.c.kind != Kind.MESSAGE, each) for each in about)
    return union_all(select(messages), *events)


def told_apart(both: Sequence[Row[Any]]) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """The messages of `with_events`, newest first, and the events."""
    messages = [row for row in both if row.kind == Kind.MESSAGE]
    events = [row for row in both if row.kind != Kind.MESSAGE]
    return sorted(messages, key=attrgetter("id"), reverse=True), events


def as_they_are(found: Sequence[Row[Any]], events: Sequence[Row[Any]]) -> list[Spoken]:
    """The messages after all that was said about them."""
    if not events:
        return [rows.spoken_of(row) for row in found]
    by_room = defaultdict[str, list[Row[Any]]](list)
    for row in sorted(events, key=lambda row: int(row.stanza_id)):
        by_room[row.room_id].append(row)
    return [_as_it_is(row, by_room[row.room_id]) for row in found]


def _as_it_is(row: Row[Any], events: Sequence[Row[Any]]) -> Spoken:
    spoken = rows.spoken_of(row)
    for event in events:
        spoken = folded(spoken, rows.said_of(event), rows.sender_of(event), event.said_at)
    return spoken


async def _events(connection: AsyncConnection, found: Sequence[Row[Any]]) -> list[Row[Any]]:
    """What was said about these messages."""
    if not found:
        return []
    values = {
        "rooms": list({row.room_id for row in found}),
        "targets": [row.stanza_id for row in found],
        "originals": [row.origin_id for row in found if row.origin_id is not None],
    }
    return list(await connection.execute(_EVENTS, values))


async def _quotes(
    connection: AsyncConnection, found: Sequence[Row[Any]], spoken: Sequence[Spoken]
) -> Mapping[str, Mapping[StanzaId, Quote]]:
    """The beginnings of what these messages answer, by room."""
    quotes = defaultdict[str, dict[StanzaId, Quote]](dict)
    answers = [
        (row.room_id, int(each.message.reply_to))
        for row, each in zip(found, spoken, strict=True)
        if each.message.reply_to is not None
    ]
    if not answers:
        return quotes
    query = select_said(
        said.c.room_id.in_({room for room, _ in answers}),
        said.c.stanza_id.in_({answered for _, answered in answers}),
        said.c.kind == Kind.MESSAGE,
    )
    answered = list(await connection.execute(query))
    for row, each in zip(answered, await fold(connection, answered, quoting=False), strict=True):
        quotes[row.room_id][each.id] = each.beginning
    return quotes
