"""What the service answers to somebody in a room who has no lab: only members, and only about their room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from slixmpp import JID

from xmpp_bridge.accounts.jid import is_of_a_server
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.chat.command import MARK, Command, Verb, help_text, read_command
from xmpp_bridge.hub_service.digests import Digests, in_words
from xmpp_bridge.hub_service.finding import Finding
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.digest_store import DigestStore
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.room import DocumentType
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError

LATELY: Final = timedelta(days=1)
MOST_HITS: Final = 5
MOST_NAMES: Final = 50
MOST_ANSWER: Final = 3_000

Present = Callable[[RoomId], frozenset[JID]]
"""The full JIDs of those who are in a room's chat."""


class RoomAnswers:
    """Raises NotFoundError for a room that is not the asker's, and ForbiddenError for what they may not switch."""

    def __init__(
        self,
        rooms: RoomStore,
        finding: Finding,
        digests: Digests,
        switches: DigestStore,
        present: Present,
        on_switched: Callable[[], None],
        addresses: Addresses,
        now: Callable[[], datetime],
    ) -> None:
        """`on_switched` is told when another room wants to be told what changes."""
        self._rooms = rooms
        self._finding = finding
        self._digests = digests
        self._switches = switches
        self._present = present
        self._on_switched = on_switched
        self._addresses = addresses
        self._now = now

    async def rooms_of(self, asker: Account) -> Mapping[RoomId, str]:
        """About which rooms the asker may ask, by their names."""
        return {room.id: room.name for room, _ in await self._rooms.rooms_of(asker.id)}

    async def answer(self, asker: Account, room: RoomId, command: Command) -> str:
        """Something to read."""
        role = await self._rooms.role_in_room(room, asker.id)
        if role is None:
            raise NotFoundError("no such room")
        match command.verb:
            case Verb.HELP:
                said = help_text()
            case Verb.WHO:
                said = await self._who(room)
            case Verb.NOTEBOOKS:
                said = await self._notebooks(room)
            case Verb.SEARCH:
                said = await self._search(asker, room, command.words)
            case Verb.DIGEST if command.words in ("on", "off"):
                if not role.may_manage:
                    raise ForbiddenError("only owners of the room switch its digest on or off")
                said = await self._switch(room, on=command.words == "on")
            case Verb.DIGEST:
                said = in_words(await self._digests.lines(room, self._now() - LATELY))
                said = said or "Nothing has changed since yesterday."
        return said if len(said) <= MOST_ANSWER else f"{said[: MOST_ANSWER - 1]}…"

    async def _who(self, room: RoomId) -> str:
        here: dict[str, set[str]] = {}
        for jid in self._present(room):
            with_what = "in the lab" if is_of_a_server(jid.resource) else "with another client"
            here.setdefault(jid.bare, set()).add(with_what)
        lines = []
        for member in await self._rooms.members(room):
            ways = here.get(self._addresses.account(member.account.localpart).bare)
            where = " and ".join(sorted(ways)) if ways else "not here"
            lines.append(f"{member.account.display_name} ({member.role}): {where}")
        return _listed(lines)

    async def _notebooks(self, room: RoomId) -> str:
        documents = await self._rooms.documents_of_room(room)
        names = [
            each.name if each.type is DocumentType.NOTEBOOK else f"{each.name} (a file)"
            for each in documents
        ]
        return _listed(names) or "This room has no notebooks."

    async def _search(self, asker: Account, room: RoomId, words: str) -> str:
        if not words:
            return f"What for? For example: {MARK}{Verb.SEARCH} balcony"
        found = await self._finding.find(asker, words, room, "newest", None, 2 * MOST_HITS)
        if found.problems:
            return "; ".join(problem.text for problem in found.problems)
        # What was asked contains what it asks for.
        hits = [hit for hit in found.hits if read_command(hit.spoken.message.body) is None]
        lines = [
            f"{hit.spoken.time:%Y-%m-%d %H:%M} UTC, {hit.spoken.sender.display_name}:"
            f" {''.join(hit.snippet)}"
            for hit in hits[:MOST_HITS]
        ]
        return "\n".join(lines) or "Nothing was found in this room."

    async def _switch(self, room: RoomId, *, on: bool) -> str:
        if on:
            await self._switches.switch_on(room, self._now() - LATELY)
            self._on_switched()
            return "I tell here what has changed in the notebooks since yesterday, and what changes from now on."
        await self._switches.switch_off(room)
        return "I tell no more what changes in the notebooks of this room."


def _listed(lines: list[str]) -> str:
    more = len(lines) - MOST_NAMES
    return "\n".join([*lines[:MOST_NAMES], *([f"and {more} more"] if more > 0 else [])])
