"""Carries a change of who is in a room to where it must hold: ejabberd, people's servers, their clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.hub_service.notices import Notices
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.rooms.entry import Settled
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.room import Document
from xmpp_bridge.rooms.store import RoomStore

ROOMS_AT_ONCE = 8


class Enforcing:
    """The database has decided; what ejabberd cannot be told now it is told later, and at each start."""

    def __init__(
        self,
        rooms: RoomStore,
        accounts: AccountStore,
        projection: Projection,
        notices: Notices,
    ) -> None:
        self._rooms = rooms
        self._accounts = accounts
        self._projection = projection
        self._notices = notices

    async def carry_out(self, settled: Settled) -> None:
        """Whoever is out is out of chat, documents and cursors when this returns, and all who are concerned know."""
        if not settled.changed:
            return
        documents = await self._rooms.documents_of_room(settled.room)
        await asyncio.gather(
            self._projection.project_chat_or_owe(settled.room),
            *(self._projection.project_or_owe(each.id) for each in documents),
        )
        await self._tell(settled)

    async def carry_out_all(self, several: Iterable[Settled]) -> None:
        """The same for many rooms, a few at a time."""
        few = asyncio.Semaphore(ROOMS_AT_ONCE)

        async def one(settled: Settled) -> None:
            async with few:
                await self.carry_out(settled)

        await asyncio.gather(*map(one, several))

    async def chat(self, room: RoomId) -> None:
        """Somebody may speak who could not, or no longer."""
        await self._projection.project_chat_or_owe(room)
        await self._notices.rooms_changed(await self._people(room))

    async def document(self, document: Document) -> None:
        """Everybody may do something else with this document."""
        await self._projection.project_or_owe(document.id)
        people = await self._people(document.room_id)
        await self._notices.rooms_changed(people)
        await self._notices.roles_changed(people)

    async def _tell(self, settled: Settled) -> None:
        concerned = await self._accounts.several(settled.before.keys() | settled.after.keys())
        await self._notices.rooms_changed(concerned)
        await self._notices.roles_changed(
            [person for person in concerned if person.id in settled.changed]
        )

    async def _people(self, room: RoomId) -> list[Account]:
        return [member.account for member in await self._rooms.members(room)]
