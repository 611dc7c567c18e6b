"""Tells the Jupyter servers of members that a document has changed in whose room they have no place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Final

from slixmpp import JID

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.documents.stanza import Changed
from xmpp_bridge.hub_service.away import DATABASE_AWAY, refusal
from xmpp_bridge.hub_service.told import Told
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.component import Component

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 2.0
"""Seconds between two looks at who sleeps: what is committed meanwhile is one change. And who was leaving has left."""
AT_ONCE: Final = 500


class Waking:
    """A notice may be lost: whoever logs in, and everybody after the component was down, asks for all that changed."""

    def __init__(
        self,
        component: Component,
        rooms: RoomStore,
        leases: LeaseStore,
        voice: Voice,
        addresses: Addresses,
        followers: Callable[[DocumentId], frozenset[str]],
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._component = component
        self._rooms = rooms
        self._leases = leases
        self._voice = voice
        self._addresses = addresses
        self._followers = followers
        self._look_every = look_every
        self._told = Told()
        self._changed: set[DocumentId] = set()
        self._work = asyncio.Event()

    def changed(self, documents: Collection[DocumentId]) -> None:
        """Something of each of these was committed."""
        self._changed.update(documents)
        if self._changed:
            self._work.set()

    def asked(self, asker: Account, document: DocumentId | None) -> None:
        """A server of this person is about to hear what we have: of one document, or of all."""
        self._told.asked(asker.localpart, document)

    async def run(self) -> None:
        """Tell until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_greeting())
            tasks.create_task(self._keep_telling())

    async def _keep_telling(self) -> None:
        while True:
            await self._work.wait()
            await asyncio.sleep(self._look_every)
            some = [self._changed.pop() for _ in range(min(AT_ONCE, len(self._changed)))]
            if not self._changed:
                self._work.clear()
            try:
                servers = await self._rooms.servers_of_members(some)
            except DATABASE_AWAY as error:
                log.warning("nobody woken: reason=%s", refusal(error))
                self.changed(some)
                continue
            for document, places in servers.items():
                self._tell(document, places)

    def _tell(self, document: DocumentId, places: Collection[tuple[str, str]]) -> None:
        here = self._followers(document)
        following = {place for place in places if self._jid(place).full in here}
        for place in self._told.to_tell(document, places, following):
            self._voice.tell(self._jid(place), Changed(document))

    async def _keep_greeting(self) -> None:
        """While the component was down nobody could be told anything."""
        while True:
            stream = await self._component.stream()
            try:
                for place in await self._leases.servers():
                    self._voice.tell(self._jid(place), Changed())
            except DATABASE_AWAY as error:
                log.warning("nobody greeted: reason=%s", refusal(error))
            await asyncio.shield(stream.ended)
            await asyncio.sleep(self._look_every)

    def _jid(self, place: tuple[str, str]) -> JID:
        return self._addresses.account(*place)
