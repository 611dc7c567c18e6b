"""Search as hub users ask for it: what they name is looked up, and only what they may read is looked through."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.archive import lexemes
from xmpp_bridge.archive.match import Match, Phrase
from xmpp_bridge.archive.order import first_place_at
from xmpp_bridge.archive.query import Problem, Query, parse_query
from xmpp_bridge.archive.search import Hit, Search, Wanted
from xmpp_bridge.hub_service.named import Names
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError

Order = Literal["newest", "relevance"]
MOST: Final = 100
_CURSOR = re.compile(r"[nr][0-9]{1,18}")


@dataclass(frozen=True)
class Found:
    """A page of what was found, how to go on, and at least how much there is; or what is wrong with the question."""

    hits: list[Hit]
    cursor: str | None
    at_least: int
    problems: tuple[Problem, ...] = ()


class Finding:
    """Rooms of which the asker is no member do not exist for them."""

    def __init__(
        self, rooms: RoomStore, search: Search, addresses: Addresses, now: Callable[[], datetime]
    ) -> None:
        self._rooms = rooms
        self._search = search
        self._addresses = addresses
        self._now = now

    async def find(
        self,
        asker: Account,
        text: str,
        room: RoomId | None,
        order: Order,
        cursor: str | None,
        limit: int,
    ) -> Found:
        """Look through one room or all; raises NotFoundError for a room that is not the asker's."""
        found = await self._find(asker, text, room, order, cursor, limit)
        # Only then, since nothing is found in a room that may not be read.
        if (
            not found.hits
            and room is not None
            and await self._rooms.role_in_room(room, asker.id) is None
        ):
            raise NotFoundError("no such room")
        return found

    async def _find(
        self,
        asker: Account,
        text: str,
        room: RoomId | None,
        order: Order,
        cursor: str | None,
        limit: int,
    ) -> Found:
        query = parse_query(text, self._now())
        if query.problems or query.empty:
            return Found([], None, 0, query.problems)
        names = Names(self._rooms, asker, self._addresses)
        wanted = await _wanted(asker, query, room, names)
        if names.problems:
            return Found([], None, 0, tuple(names.problems))
        if order == "relevance" and wanted.needle:
            return await self._best(wanted, cursor, limit)
        return await self._newest(wanted, cursor, limit)

    async def _newest(self, wanted: Wanted, cursor: str | None, limit: int) -> Found:
        hits = await self._search.newest(wanted, limit + 1, before=_read_cursor("n", cursor))
        more = len(hits) > limit
        hits = hits[:limit]
        return Found(hits, f"n{hits[-1].place}" if more else None, len(hits) + more)

    async def _best(self, wanted: Wanted, cursor: str | None, limit: int) -> Found:
        skip = _read_cursor("r", cursor) or 0
        hits, among = await self._search.best(wanted, skip, limit)
        end = skip + len(hits)
        return Found(hits, f"r{end}" if end < among else None, among)


async def _wanted(asker: Account, query: Query, room: RoomId | None, names: Names) -> Wanted:
    """The question as marks and words of the index."""
    needle = [Phrase(each.words, each.beginning) for each in query.terms if not each.negated]
    groups: list[tuple[Phrase, ...]] = [(phrase,) for phrase in needle]
    without = [Phrase(each.words, each.beginning) for each in query.terms if each.negated]
    for operator in dict.fromkeys((each.operator, each.negated) for each in query.named):
        named = [each for each in query.named if (each.operator, each.negated) == operator]
        marks = [Phrase((mark,)) for each in named for mark in await names.marks(each)]
        if operator[1]:
            without += marks
        elif marks:
            groups.append(tuple(marks))
    for having in query.having:
        mark = Phrase((lexemes.has_mark(having.what),))
        if having.negated:
            without.append(mark)
        else:
            groups.append((mark,))
    if without and not groups:  # neither database starts from what is not there
        rooms = await names.rooms() if room is None else [room]
        groups = [tuple(Phrase((lexemes.room_mark(each),)) for each in rooms)]
    return Wanted(
        asker.id,
        Match(tuple(groups), tuple(without)) if groups else None,
        needle,
        room,
        None if query.since is None else first_place_at(query.since),
        None if query.until is None else first_place_at(query.until),
    )


def _read_cursor(kind: str, cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.startswith(kind) or not _CURSOR.fullmatch(cursor):
        raise BadPayloadError("this cursor is not of this search")
    return int(cursor[1:])
