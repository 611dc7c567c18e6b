"""Everything for people in rooms without a lab: joined here, and run as one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.documents.past import Past
from xmpp_bridge.hub_service.attendant import Attendant, Teller
from xmpp_bridge.hub_service.chat_rooms import ChatRooms
from xmpp_bridge.hub_service.command_service import CommandService
from xmpp_bridge.hub_service.digests import Digests
from xmpp_bridge.hub_service.finding import Finding
from xmpp_bridge.hub_service.room_answers import RoomAnswers
from xmpp_bridge.hub_service.settings import Settings
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.digest_store import DigestStore
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.component import Component


class Attending:
    """`hear` is told what is said in rooms."""

    def __init__(
        self,
        settings: Settings,
        engine: AsyncEngine,
        component: Component,
        rooms: RoomStore,
        finding: Finding,
        chat_rooms: ChatRooms,
        voice: Voice,
        account_at: Callable[[str], Awaitable[Account | None]],
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        switches = DigestStore(engine)
        digests = Digests(rooms, Past(engine), now, settings.public_url)
        teller = self._teller = Teller(
            digests, switches, chat_rooms.say, settings.digest_every, now
        )
        answers = RoomAnswers(
            rooms,
            finding,
            digests,
            switches,
            chat_rooms.present,
            teller.hurry,
            Addresses(settings.domain),
            now,
        )
        self._attendant = Attendant(answers, account_at, chat_rooms.say, voice, clock)
        self._commands = CommandService(component, answers, account_at, clock)
        self.hear = self._attendant.hear

    async def run(self) -> None:
        """Answer and tell until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._attendant.run())
            tasks.create_task(self._teller.run())
            tasks.create_task(self._commands.run())
