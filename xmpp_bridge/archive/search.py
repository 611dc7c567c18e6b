"""What was said, found by words: newest first or best first, page by page, with what was found marked.

One interface over SQLite's FTS5 and PostgreSQL. Both stream the newest matches without sorting all of them, since `id`
is the order of all rooms (archive/order.py); so the best are looked for among the newest `CANDIDATES` only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, cast, column, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.archive.match import Match, fts5, tsquery
from xmpp_bridge.archive.ranking import Needle, ranked, snippet
from xmpp_bridge.archive.reading import fold, select_said
from xmpp_bridge.archive.tables import found_by, said
from xmpp_bridge.chat.spoken import Spoken
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.storage.engine import reading

CANDIDATES: Final = 1000

_index = table("chat_index", column("rowid"))  # SQLite's; see storage/migrations


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for in which rooms: places from `since` on and before `until`; no match means everything."""

    rooms: Collection[RoomId]
    match: Match | None
    needle: Needle
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of what was found, and whether it is what was looked for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found, as it is now."""

    place: int
    room: RoomId
    spoken: Spoken
    snippet: tuple[Part, ...]


class Search:
    """Reads only."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def newest(self, wanted: Wanted, limit: int) -> list[Hit]:
        """The newest matches, newest first; go on with `until` the last one's place."""
        async with reading(self._engine) as connection:
            places = await _places(connection, wanted, limit)
            return await _hits(connection, wanted, places)

    async def best(self, wanted: Wanted, skip: int, limit: int) -> tuple[list[Hit], int]:
        """The best of the newest matches, best first, without the first `skip`; and how many there are."""
        async with reading(self._engine) as connection:
            places = await _places(connection, wanted, CANDIDATES)
            hits = ranked(await _bodies(connection, places), wanted.needle)
            return await _hits(connection, wanted, hits[skip : skip + limit]), len(hits)


async def _places(connection: AsyncConnection, wanted: Wanted, limit: int) -> list[int]:
    query = places_query(wanted, limit, connection.dialect.name)
    return list((await connection.execute(query)).scalars())


def places_query(wanted: Wanted, limit: int, dialect: str) -> Select[Any]:
    """Where the newest matches are, for a database of this kind."""
    place: ColumnElement[int] = found_by.c.id
    query: Select[Any] = select(place)
    if wanted.match is not None and dialect == "postgresql":
        expression = cast(bindparam(None, tsquery(wanted.match)), TSQUERY)
        query = query.where(found_by.c.lexemes.op("@@")(expression))
    elif wanted.match is not None:
        place = _index.c.rowid
        matching = text("chat_index MATCH :expression").bindparams(expression=fts5(wanted.match))
        query = select(place).join_from(_index, found_by, found_by.c.id == place).where(matching)
    query = query.where(found_by.c.room_id.in_(wanted.rooms), *_within(place, wanted))
    return query.order_by(place.desc()).limit(limit)


def _within(place: ColumnElement[int], wanted: Wanted) -> list[ColumnElement[bool]]:
    since = [] if wanted.since is None else [place >= wanted.since]
    return since if wanted.until is None else [*since, place < wanted.until]


async def _bodies(connection: AsyncConnection, places: Sequence[int]) -> list[tuple[int, str]]:
    """As they were first said: good enough to tell which is better."""
    query = select(said.c.id, said.c.body).where(said.c.id.in_(places))
    return [(row.id, row.body) for row in await connection.execute(query)]


async def _hits(connection: AsyncConnection, wanted: Wanted, places: Sequence[int]) -> list[Hit]:
    found = list(await connection.execute(select_said(said.c.id.in_(places))))
    hits: dict[int, Hit] = {}
    for room in dict.fromkeys(row.room_id for row in found):
        of_room = [row for row in found if row.room_id == room]
        for row, spoken in zip(of_room, await fold(connection, room, of_room), strict=True):
            parts = tuple(Part(*each) for each in snippet(spoken.message.body, wanted.needle))
            hits[row.id] = Hit(row.id, room, spoken, parts)
    return [hits[place] for place in places if place in hits]
