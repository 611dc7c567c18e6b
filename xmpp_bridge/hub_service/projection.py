"""Makes the MUC rooms of each document what the database says; ejabberd then enforces it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from weakref import WeakValueDictionary

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
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
from xmpp_bridge.xmpp.errors import BridgeError, NotFoundError
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
        self._owed: dict[DocumentId, frozenset[str]] = {}
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
            except BridgeError as error:
                retry = retry.next(self._chance())
                seconds = retry.delay.total_seconds()
                log.warning("projection put off: reason=%s retry_in=%.2fs", error, seconds)
                await self._pause(seconds)

    async def project_or_owe(
        self, document: DocumentId, leaving: frozenset[str] = frozenset()
    ) -> None:
        """Project now, or as soon as ejabberd answers: the database has decided already."""
        try:
            await self.project(document, leaving)
        except BridgeError as error:
            log.warning("projection owed: document=%s reason=%s", document, error)
            self._owed[document] = self._owed.get(document, frozenset()) | leaving
            self._work.set()

    async def project(self, document: DocumentId, leaving: frozenset[str] = frozenset()) -> None:
        """Bring both rooms of the document in line.

        `leaving` are bare JIDs who may still be inside although they have no affiliation to lose.
        """
        lock = self._locks.setdefault(document, asyncio.Lock())
        async with lock:
            for service, wanted in (await self._wanted(document)).items():
                actual = await self._actual(document, service, leaving)
                changes = plan(wanted, actual)
                await apply(changes, self._ejabberd, document, service)
                if changes:
                    log.info("projected: room=%s@%s changes=%d", document, service, len(changes))

    def hurry(self) -> None:
        """Something suggests that ejabberd answers now."""
        self._now.set()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._now.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._now.clear()

    async def _pay(self) -> None:
        self._work.clear()
        while self._owed:
            document, leaving = next(iter(self._owed.items()))
            await self.project(document, leaving)
            if self._owed[document] == leaving:
                del self._owed[document]

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

    async def _actual(
        self, document: DocumentId, service: str, leaving: frozenset[str]
    ) -> DocumentRoomActual | None:
        try:
            options = await self._ejabberd.room_options(document, service)
            affiliations = await self._ejabberd.affiliations(document, service)
        except NotFoundError:
            return None
        return DocumentRoomActual(options, affiliations, leaving)
