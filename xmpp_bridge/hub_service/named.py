"""Whom and what a question names, among what the asker knows, as marks of the index."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.archive import lexemes
from xmpp_bridge.archive.query import Named, Problem
from xmpp_bridge.archive.words import words
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import RoomId, read_room_id
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import BadPayloadError

ME: Final = "me"


class Names:
    """Looks up only what is named; what nobody knows is a problem."""

    def __init__(self, rooms: RoomStore, asker: Account, addresses: Addresses) -> None:
        self._rooms = rooms
        self._asker = asker
        self._addresses = addresses
        self.problems: list[Problem] = []

    async def marks(self, named: Named) -> list[str]:
        """Of everybody and everything that is called so."""
        match named.operator:
            case "from":
                marks = [lexemes.sender_mark(jid) for jid in await self._people(named.value)]
                complaint = "nobody in your rooms is called"
            case "mentions":
                marks = [lexemes.mention_mark(jid) for jid in await self._people(named.value)]
                complaint = "nobody in your rooms is called"
            case "in":
                marks = [lexemes.room_mark(room) for room in await self._rooms_called(named.value)]
                complaint = "none of your rooms is called"
            case _:
                marks = await self._cells(named.value)
                complaint = "no notebook in your rooms is called"
        if not marks:
            self.problems.append(Problem(named.at, f"{complaint} {named.value[:64]!r}"))
        return list(dict.fromkeys(marks))

    async def rooms(self) -> list[RoomId]:
        """All rooms of the asker."""
        return [room.id for room, _ in await self._rooms.rooms_of(self._asker.id)]

    async def _people(self, value: str) -> list[str]:
        """Their bare JIDs: by hub user name, by address (they may have left), or by the name that people see."""
        wanted = value.removeprefix("@")
        if wanted == ME:
            return [self._jid(self._asker)]
        if wanted.endswith(f"@{self._addresses.domain}"):
            return [wanted]
        exactly = await self._rooms.people_around(self._asker.id, wanted)
        if exactly:
            return [self._jid(each) for each in exactly]
        if "@" in wanted:
            return [wanted]
        everybody = await self._rooms.people_around(self._asker.id)
        return [
            self._jid(each) for each in everybody if _same(wanted, each.hub_user, each.display_name)
        ]

    async def _rooms_called(self, value: str) -> list[RoomId]:
        with suppress(BadPayloadError):  # The id of a room that is not the asker's finds nothing.
            return [read_room_id(value)]
        rooms = [room for room, _ in await self._rooms.rooms_of(self._asker.id)]
        return [room.id for room in rooms if _same(value, room.name)]

    async def _cells(self, value: str) -> list[str]:
        documents = [each for each, _ in await self._rooms.documents_of_account(self._asker.id)]
        marks = [
            lexemes.document_mark(each.id)
            for each in documents
            if value == each.id or _same(value, each.name)
        ]
        if "-" in value or value.isalnum():  # a cell's own id (nbformat)
            marks.append(lexemes.cell_mark(value))
        return marks

    def _jid(self, account: Account) -> str:
        return self._addresses.account(account.localpart).bare


def _same(value: str, *names: str) -> bool:
    wanted = words(value)
    return bool(wanted) and any(words(name) == wanted for name in names)
