"""Search as hub users ask for it: what they name is looked up, and only what they may read is looked through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.archive import lexemes
from xmpp_bridge.archive.match import Match, Phrase
from xmpp_bridge.archive.order import first_place_at
from xmpp_bridge.archive.query import Named, Problem, Query, parse_query
from xmpp_bridge.archive.search import Hit, Search, Wanted
from xmpp_bridge.archive.words import words
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.room import Document, Member, Room
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError

Order = Literal["newest", "relevance"]
MOST: Final = 100
ME: Final = "me"
_CURSOR = re.compile(r"[nr][0-9]{1,18}")


@dataclass(frozen=True)
class Found:
    """A page of what was found, how to go on, and at least how much there is; or what is wrong with the question."""

    hits: list[Hit]
    cursor: str | None
    at_least: int
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Readable:
    """What the asker may read now."""

    room: Room
    members: list[Member]
    documents: list[Document]


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
        rooms = [each for each, _ in await self._rooms.rooms_of(asker.id)]
        if room is not None:
            rooms = [each for each in rooms if each.id == room]
            if not rooms:
                raise NotFoundError("no such room")
        query = parse_query(text, self._now())
        if query.problems or query.empty:
            return Found([], None, 0, query.problems)
        readable = [await self._readable(each, query) for each in rooms]
        naming = _Naming(readable, asker, self._addresses)
        wanted = naming.wanted(query)
        if naming.problems:
            return Found([], None, 0, tuple(naming.problems))
        if order == "relevance" and wanted.needle:
            return await self._best(wanted, cursor, limit)
        return await self._newest(wanted, cursor, limit)

    async def _readable(self, room: Room, query: Query) -> _Readable:
        """With people and documents only if the question names some."""
        if not query.named:
            return _Readable(room, [], [])
        members = await self._rooms.members(room.id)
        return _Readable(room, members, await self._rooms.documents_of_room(room.id))

    async def _newest(self, wanted: Wanted, cursor: str | None, limit: int) -> Found:
        before = [wanted.until, _read_cursor("n", cursor)]
        until = min((each for each in before if each is not None), default=None)
        page = Wanted(wanted.rooms, wanted.match, wanted.needle, wanted.since, until)
        hits = await self._search.newest(page, limit + 1)
        more = len(hits) > limit
        hits = hits[:limit]
        return Found(hits, f"n{hits[-1].place}" if more else None, len(hits) + more)

    async def _best(self, wanted: Wanted, cursor: str | None, limit: int) -> Found:
        skip = _read_cursor("r", cursor) or 0
        hits, among = await self._search.best(wanted, skip, limit)
        end = skip + len(hits)
        return Found(hits, f"r{end}" if end < among else None, among)


class _Naming:
    """What a question names, as marks of the index; what is not known is a problem."""

    def __init__(self, readable: list[_Readable], asker: Account, addresses: Addresses) -> None:
        self._readable = readable
        self._asker = asker
        self._addresses = addresses
        self.problems: list[Problem] = []

    def wanted(self, query: Query) -> Wanted:
        needle = [Phrase(each.words, each.beginning) for each in query.terms if not each.negated]
        groups: list[tuple[Phrase, ...]] = [(phrase,) for phrase in needle]
        without = [Phrase(each.words, each.beginning) for each in query.terms if each.negated]
        for operator in dict.fromkeys((each.operator, each.negated) for each in query.named):
            named = [each for each in query.named if (each.operator, each.negated) == operator]
            marks = [Phrase((mark,)) for each in named for mark in self._marks(each)]
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
        rooms = [each.room.id for each in self._readable]
        if without and not groups:  # neither database starts from what is not there
            groups = [tuple(Phrase((lexemes.room_mark(room),)) for room in rooms)]
        return Wanted(
            rooms,
            Match(tuple(groups), tuple(without)) if groups else None,
            needle,
            None if query.since is None else first_place_at(query.since),
            None if query.until is None else first_place_at(query.until),
        )

    def _marks(self, named: Named) -> list[str]:
        match named.operator:
            case "from":
                marks = [lexemes.sender_mark(jid) for jid in self._people(named.value)]
                complaint = "nobody in your rooms is called"
            case "mentions":
                marks = [lexemes.mention_mark(jid) for jid in self._people(named.value)]
                complaint = "nobody in your rooms is called"
            case "in":
                marks = [lexemes.room_mark(room) for room in self._rooms(named.value)]
                complaint = "none of your rooms is called"
            case _:
                marks = [*self._cells(named.value)]
                complaint = "no notebook in your rooms is called"
        if not marks:
            self.problems.append(Problem(named.at, f"{complaint} {named.value[:64]!r}"))
        return list(dict.fromkeys(marks))

    def _people(self, value: str) -> Iterable[str]:
        wanted = value.removeprefix("@")
        for readable in self._readable:
            for member in readable.members:
                account = member.account
                mine = wanted == ME and account.id == self._asker.id
                if mine or _same(wanted, account.hub_user, account.display_name):
                    yield self._addresses.account(account.localpart).bare
        if "@" in wanted:  # somebody who has left, or whom the hub does not know
            yield wanted

    def _rooms(self, value: str) -> Iterable[str]:
        for readable in self._readable:
            if value == readable.room.id or _same(value, readable.room.name):
                yield readable.room.id

    def _cells(self, value: str) -> Iterable[str]:
        for readable in self._readable:
            for document in readable.documents:
                if value == document.id or _same(value, document.name):
                    yield lexemes.document_mark(document.id)
        if "-" in value or value.isalnum():  # a cell's own id (nbformat)
            yield lexemes.cell_mark(value)


def _same(value: str, *names: str) -> bool:
    wanted = words(value)
    return bool(wanted) and any(words(name) == wanted for name in names)


def _read_cursor(kind: str, cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.startswith(kind) or not _CURSOR.fullmatch(cursor):
        raise BadPayloadError("this cursor is not of this search")
    return int(cursor[1:])
