"""Makes the MUC rooms of each document and each chat what the database says; ejabberd then enforces it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Iterable
from weakref import WeakValueDictionary

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.reserved_nicks import ReservedNicks
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.reconcile import (
    MucRoomActual,
    MucRoomWanted,
    apply,
    awareness_room,
    chat_room,
    document_room,
    plan,
)
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import NotFoundError
from xmpp_bridge.xmpp.retry import Retry

log = logging.getLogger(__name__)


class Projection:
    """One writer for each document's rooms, and each chat: two plans made at once would undo each other."""

    def __init__(
        self,
        rooms: RoomStore,
        ejabberd: EjabberdApi,
        addresses: Addresses,
        guests: Callable[[RoomId], Awaitable[Iterable[str]]],
        muted: Callable[[RoomId], Awaitable[Collection[int]]],
        chance: Callable[[], float] = random.random,
        notice: str = "",
    ) -> None:
        """`guests` tells who of other servers may be in a room's chat, by bare JID, and `muted` who may not be in it.

        There is no other way to silence somebody (decision 0010). `notice` is what every client shows of a chat
        before it is entered.
        """
        self._notice = notice
        self._rooms = rooms
        self._guests = guests
        self._ejabberd = ejabberd
        self._addresses = addresses
        self._muted = muted
        self._chance = chance
        self._nicks = ReservedNicks(ejabberd, addresses)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._owed: set[DocumentId] = set()
        self._owed_chats: set[RoomId] = set()
        self._work = asyncio.Event()
        self._now = asyncio.Event()

    async def run(self) -> None:
        """Do later what could not be done when it was due; until cancelled."""
        retry = Retry()
        swept = False
        while True:
            try:
                if not swept:
                    await self._destroy_orphans()
                    swept = True
                await self._pay()
                retry = Retry()
                await self._work.wait()
            except AWAY as error:
                retry = retry.next(self._chance())
                seconds = retry.delay.total_seconds()
                log.warning("projection put off: reason=%s retry_in=%.2fs", refusal(error), seconds)
                await self._pause(seconds)

    async def project_or_owe(self, document: DocumentId) -> None:
        """Project now, or as soon as ejabberd answers: the database has decided already."""
        try:
            await self.project(document)
        except AWAY as error:
            log.warning("projection owed: document=%s reason=%s", document, refusal(error))
            self._owed.add(document)
            self._work.set()

    async def project_chat_or_owe(self, room: RoomId) -> None:
        """The same for the room's chat."""
        try:
            await self.project_chat(room)
        except AWAY as error:
            log.warning("projection owed: room=%s reason=%s", room, refusal(error))
            self._owed_chats.add(room)
            self._work.set()

    async def project_chat(self, room: RoomId) -> None:
        """Bring the room's chat in line: who is out is out when this returns."""
        service = self._addresses.rooms
        async with self._locks.setdefault(room, asyncio.Lock()):
            wanted = None
            found = await self._rooms.room(room)
            if found is not None:
                muted = await self._muted(room)
                speakers = [m for m in await self._rooms.members(room) if m.account.id not in muted]
                domain, bare = self._addresses.domain, self._addresses.service.bare
                guests = list(await self._guests(room))
                if guests:
                    await self._nicks.keep(speakers)
                wanted = chat_room(found.name, speakers, guests, domain, bare, self._notice)
            await self._bring_in_line(room, service, wanted)

    async def project(self, document: DocumentId) -> None:
        """Bring both rooms of the document in line: who is out is out when this returns."""
        lock = self._locks.setdefault(document, asyncio.Lock())
        async with lock:
            wanted = await self._wanted(document)
            await asyncio.gather(
                *(self._bring_in_line(document, service, wanted[service]) for service in wanted)
            )

    def hurry(self) -> None:
        """Something suggests that ejabberd answers now."""
        self._now.set()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._now.wait()
        except TimeoutError:
            return
        finally:
            self._now.clear()

    async def _pay(self) -> None:
        self._work.clear()
        while self._owed:
            document = next(iter(self._owed))
            await self.project(document)
            self._owed.discard(document)
        while self._owed_chats:
            room = next(iter(self._owed_chats))
            await self.project_chat(room)
            self._owed_chats.discard(room)

    async def _destroy_orphans(self) -> None:
        """Destroy every MUC room whose document went while ejabberd or we were away."""
        documents: set[str] = {document.id for document in await self._rooms.documents()}
        chats: set[str] = {room.id for room in await self._rooms.all_rooms()}
        for service, known in (
            (self._addresses.documents, documents),
            (self._addresses.awareness, documents),
            (self._addresses.rooms, chats),
        ):
            for name in await self._ejabberd.rooms(service):
                if name not in known:
                    await self._ejabberd.destroy_room(name, service)
                    log.info("destroyed: room=%s@%s", name, service)

    async def _wanted(self, document_id: DocumentId) -> dict[str, MucRoomWanted | None]:
        document = await self._rooms.document(document_id)
        if document is None:
            return dict.fromkeys((self._addresses.documents, self._addresses.awareness))
        members = await self._rooms.members_in_document(document)
        domain, service = self._addresses.domain, self._addresses.service.bare
        return {
            self._addresses.documents: document_room(document, members, domain, service),
            self._addresses.awareness: awareness_room(document, members, domain, service),
        }

    async def _bring_in_line(self, name: str, service: str, wanted: MucRoomWanted | None) -> None:
        # Once more after a change: somebody may have come in with the old password meanwhile.
        for _ in range(2):
            changes = plan(wanted, await self._actual(name, service))
            if not changes:
                return
            await apply(changes, self._ejabberd, name, service)
            log.info("projected: room=%s@%s changes=%d", name, service, len(changes))

    async def _actual(self, name: str, service: str) -> MucRoomActual | None:
        try:
            options, affiliations, occupants = await asyncio.gather(
                self._ejabberd.room_options(name, service),
                self._ejabberd.affiliations(name, service),
                self._ejabberd.occupants(name, service),
            )
        except NotFoundError:
            return None
        return MucRoomActual(options, affiliations, occupants)
