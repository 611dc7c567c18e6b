"""Answers people in rooms who have no lab, and tells rooms that want it what has changed in their notebooks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from slixmpp import JID

from xmpp_bridge.accounts.jid import is_of_a_server
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.archive.store import Entry
from xmpp_bridge.chat.command import Command, read_command
from xmpp_bridge.chat.message import ChatMessage, Said
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.digests import Digests
from xmpp_bridge.hub_service.room_answers import RoomAnswers
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.rooms.digest_store import DigestStore
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.allowance import Allowance
from xmpp_bridge.xmpp.tasks import until

log = logging.getLogger(__name__)

AT_ONCE: Final = 10
EVERY: Final = 3.0
MOST_WAITING: Final = 100
"""Questions; who asks while so many wait is not answered, and may ask again."""

Say = Callable[[RoomId, Said], Awaitable[None]]


class Attendant:
    """Whoever asks with a client of their own is answered alone, whoever asks in the lab before all, as a reply."""

    def __init__(
        self,
        answers: RoomAnswers,
        account_at: Callable[[str], Awaitable[Account | None]],
        say: Say,
        voice: Voice,
        clock: Callable[[], float],
    ) -> None:
        self._answers = answers
        self._account_at = account_at
        self._say = say
        self._voice = voice
        self._clock = clock
        self._allowance = Allowance(AT_ONCE, EVERY)
        self._questions: asyncio.Queue[tuple[JID, Entry, Command]] = asyncio.Queue(MOST_WAITING)

    def hear(self, who: JID, entry: Entry) -> None:
        """Somebody has said something; most of it is no question."""
        command = read_command(entry.said.body) if isinstance(entry.said, ChatMessage) else None
        if command is None or entry.account_id is None:
            return
        if self._questions.full() or not self._allowance.take(who.bare, self._clock()):
            log.info("question not answered: room=%s account=%d", entry.room, entry.account_id)
            return
        self._questions.put_nowait((who, entry, command))

    async def run(self) -> None:
        """Answer until cancelled, one after another: nobody's questions take more than their turn."""
        while True:
            who, entry, command = await self._questions.get()
            try:
                await self._answer(who, entry, command)
            except AWAY as error:
                log.warning("question not answered: room=%s why=%s", entry.room, refusal(error))

    async def _answer(self, who: JID, entry: Entry, command: Command) -> None:
        asker = await self._account_at(who.bare)
        if asker is None or not asker.enabled:
            return
        try:
            text = await self._answers.answer(asker, entry.room, command)
        except AWAY as error:
            text = f"Not done: {refusal(error)}."
        if is_of_a_server(who.resource):
            await self._say(entry.room, ChatMessage(text, reply_to=entry.stanza_id))
        else:
            self._voice.write(who, text)


class Teller:
    """Tells each room that wants it, every so often, and nothing if nothing has changed."""

    def __init__(
        self,
        digests: Digests,
        switches: DigestStore,
        say: Say,
        every: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._digests = digests
        self._switches = switches
        self._say = say
        self._every = every
        self._now = now
        self._wanted = asyncio.Event()

    def hurry(self) -> None:
        """A room has just begun to want it: tell it now."""
        self._wanted.set()

    async def run(self) -> None:
        """Tell until cancelled; what could not be told is told the next time."""
        while True:
            await until(self._wanted, monotonic() + self._every.total_seconds())
            try:
                for room, since in (await self._switches.wanted()).items():
                    await self._tell(room, since)
            except AWAY as error:
                log.warning("digests put off: reason=%s", refusal(error))

    async def _tell(self, room: RoomId, since: datetime) -> None:
        at = self._now()
        try:
            for line in await self._digests.lines(room, since):
                await self._say(room, line.message)
        except AWAY as error:
            log.warning("digest put off: room=%s reason=%s", room, refusal(error))
        else:
            await self._switches.told(room, at)
