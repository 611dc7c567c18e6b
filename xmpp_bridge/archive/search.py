"""What was said, found by words: newest first or best first, page by page, with what was found marked.

One interface over SQLite's FTS5 and PostgreSQL. Both stream the newest matches without sorting all of them, since `id`
is the order of all rooms (archive/order.py); so the best are looked for among the newest `CANDIDATES` only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    cast,
    column,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.archive.match import Match, fts5, tsquery
from xmpp_bridge.archive.ranking import Needle, ranked
from xmpp_bridge.archive.reading import (
    as_they_are,
    fold,
    is_answer,
    quoted,
    select_said,
    told_apart,
    with_events,
)
from xmpp_bridge.archive.snippet import Snippet, snippets
from xmpp_bridge.archive.tables import found_by, said
from xmpp_bridge.chat.spoken import Spoken
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.tables import members, rooms
from xmpp_bridge.storage.engine import reading
from xmpp_bridge.storage.prepared import Prepared, Reads

CANDIDATES: Final = 1000

_MESSAGES = select_said()
_BODIES = select(said.c.id, said.c.body)
_OWN_PLAN = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)"
)
_index = table("chat_index", column("rowid"))  # SQLite's; see storage/migrations


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for in the rooms of which this account is a member now, or in one of them.

    Places from `since` on and before `until`; no match means everything.
    """

    reader: int
    match: Match | None
    needle: Needle
    room: RoomId | None = None
    since: int | None = None
    until: int | None = None


class Hit(NamedTuple):
    """A message that was found, as it is now."""

    place: int
    room: RoomId
    spoken: Spoken
    snippet: Snippet


class Search:
    """Reads only."""

    def __init__(self, engine: AsyncEngine, reads: Reads) -> None:
        self._engine = engine
        self._reads = reads

    async def newest(self, wanted: Wanted, limit: int, *, before: int | None = None) -> list[Hit]:
        """The newest matches, newest first; go on with those `before` the last one's place."""
        values = _values(self._reads.dialect.name, wanted, limit)
        if before is not None:
            values["until"] = min(before, values.get("until", before))
        prepared = _prepared(self._reads.dialect, frozenset(values))
        found, events = told_apart(await self._reads.rows(prepared, values))
        spoken = as_they_are(found, events)
        if any(map(is_answer, spoken)):
            async with reading(self._engine) as connection:
                spoken = await quoted(connection, found, spoken)
        return _hits(wanted, found, spoken)

    async def best(self, wanted: Wanted, skip: int, limit: int) -> tuple[list[Hit], int]:
        """The best of the newest matches, best first, without the first `skip`; and how many there are.

        Which is better is told by how they were first said.
        """
        async with _looking(self._engine) as connection:
            values = _values(connection.dialect.name, wanted, CANDIDATES)
            query = _statement(_BODIES, connection.dialect.name, frozenset(values))
            rows = [(row.id, row.body) for row in await connection.execute(query, values)]
            places = ranked(rows, wanted.needle)
            page = select_said(said.c.id.in_(places[skip : skip + limit]))
            found = list(await connection.execute(page))
            hits = _hits(wanted, found, await fold(connection, found))
            return sorted(hits, key=lambda hit: places.index(hit.place)), len(places)


@asynccontextmanager
async def _looking(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction; on PostgreSQL each search is planned for its own words.

    After five executions it would plan for words of no particular frequency, and scan for a frequent one.
    """
    async with reading(engine) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(_OWN_PLAN)
        yield connection


def _values(dialect: str, wanted: Wanted, limit: int) -> dict[str, Any]:
    """What is asked for, by the names that a statement has for it."""
    match = wanted.match
    values = {
        "reader": wanted.reader,
        "room": wanted.room,
        "since": wanted.since,
        "until": wanted.until,
        "match": match and (tsquery(match) if dialect == "postgresql" else fts5(match)),
        "most": limit,
    }
    return {name: value for name, value in values.items() if value is not None}


@lru_cache(maxsize=256)
def _prepared(dialect: Dialect, given: frozenset[str]) -> Prepared:
    return Prepared(with_events(_statement(_MESSAGES, dialect.name, given), dialect.name), dialect)


@lru_cache(maxsize=256)
def _statement(what: Select[Any], dialect: str, given: frozenset[str]) -> Select[Any]:
    place: ColumnElement[int] = found_by.c.id
    room: ColumnElement[str] = found_by.c.room_id
    conditions: list[ColumnElement[bool]] = []
    if "match" in given and dialect == "postgresql":
        conditions.append(found_by.c.lexemes.op("@@")(cast(bindparam("match"), TSQUERY)))
    elif "match" in given:
        place, room = _index.c.rowid, said.c.room_id
        conditions.append(literal_column("chat_index").op("MATCH")(bindparam("match")))
    if "since" in given:
        conditions.append(place >= bindparam("since"))
    if "until" in given:
        conditions.append(place < bindparam("until"))
    readable = (
        select(members.c.room_id)
        .join(rooms, rooms.c.id == members.c.room_id)
        .where(members.c.account_id == bindparam("reader"), rooms.c.removed_at.is_(None))
    )
    if "room" in given:
        readable = readable.where(members.c.room_id == bindparam("room"))
    query = what.join(place.table, place == said.c.id).where(*conditions, room.in_(readable))
    return query.order_by(place.desc()).limit(bindparam("most", type_=Integer))


def _hits(wanted: Wanted, found: Sequence[Row[Any]], spoken: Sequence[Spoken]) -> list[Hit]:
    marked = snippets([each.message.body for each in spoken], wanted.needle)
    return [
        Hit(row.id, row.room_id, each, pieces)
        for row, each, pieces in zip(found, spoken, marked, strict=True)
    ]
