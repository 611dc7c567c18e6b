"""Makes the MUC rooms of each document what the database says; ejabberd then enforces it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from weakref import WeakValueDictionary

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.reconcile import (
    DocumentRoomActual,
    DocumentRoomWanted,
    apply,
    awareness_room,
    document_room,
    plan,
)
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import NotFoundError
from xmpp_bridge.xmpp.retry import Retry

log = logging.getLogger(__name__)


class Projection:
    """One writer for each document's rooms: two plans made at once would undo each other."""

    def __init__(
        self,
        rooms: RoomStore,
        ejabberd: EjabberdApi,
        addresses: Addresses,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._rooms = rooms
        self._ejabberd = ejabberd
        self._addresses = addresses
        self._chance = chance
        self._locks: WeakValueDictionary[DocumentId, asyncio.Lock] = WeakValueDictionary()
        self._owed: set[DocumentId] = set()
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

    async def _destroy_orphans(self) -> None:
        """Destroy every MUC room whose document went while ejabberd or we were away."""
        known = {document.id for document in await self._rooms.documents()}
        for service in (self._addresses.documents, self._addresses.awareness):
            for name in await self._ejabberd.rooms(service):
                if name not in known:
                    await self._ejabberd.destroy_room(name, service)
                    log.info("destroyed: room=%s@%s", name, service)

    async def _wanted(self, document_id: DocumentId) -> dict[str, DocumentRoomWanted | None]:
        document = await self._rooms.document(document_id)
        if document is None:
            return dict.fromkeys((self._addresses.documents, self._addresses.awareness))
        members = await self._rooms.members(document.room_id)
        domain, service = self._addresses.domain, self._addresses.service.bare
        return {
            self._addresses.documents: document_room(document, members, domain, service),
            self._addresses.awareness: awareness_room(document, members, domain, service),
        }

    async def _bring_in_line(
        self, document: DocumentId, service: str, wanted: DocumentRoomWanted | None
    ) -> None:
        # Once more after a change: somebody may have come in with the old password meanwhile.
        for _ in range(2):
            changes = plan(wanted, await self._actual(document, service))
            if not changes:
                return
            await apply(changes, self._ejabberd, document, service)
            log.info("projected: room=%s@%s changes=%d", document, service, len(changes))

    async def _actual(self, document: DocumentId, service: str) -> DocumentRoomActual | None:
        try:
            return DocumentRoomActual(
                options=await self._ejabberd.room_options(document, service),
                affiliations=await self._ejabberd.affiliations(document, service),
                occupants=await self._ejabberd.occupants(document, service),
            )
        except NotFoundError:
            return None
