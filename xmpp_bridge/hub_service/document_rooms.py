"""The service's places in document rooms: hear every update, have it kept, and say so."""

from __future__ import annotations

import asyncio
import logging
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from secrets import token_hex

from xmpp_bridge.documents.stanza import Resync, UpdateStanza, read_payload
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.hub_service.reporter import Reporter
from xmpp_bridge.hub_service.submission import Heard
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.xmpp_server import NICK, Addresses
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.component import Component
from xmpp_bridge.xmpp.errors import BridgeError, ConflictError
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage
from xmpp_bridge.xmpp.retry import Retry

log = logging.getLogger(__name__)

AT_ONCE = 8  # rooms entered at the same time after a (re)connection


class DocumentRooms:
    """Holds a place in the room of every document, again and again, for as long as `run` runs."""

    def __init__(
        self,
        component: Component,
        projection: Projection,
        voice: Voice,
        reporter: Reporter,
        addresses: Addresses,
        *,
        hear: Callable[[Heard], None],
        ask_every: timedelta,
        now: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._component = component
        self._projection = projection
        self._voice = voice
        self._reporter = reporter
        self._addresses = addresses
        self._hear = hear
        self._ask_every = ask_every
        self._now = now
        self._chance = chance
        self._tasks: asyncio.TaskGroup | None = None
        self._holding: dict[DocumentId, asyncio.Task[None]] = {}
        self._places: dict[DocumentId, Place] = {}
        self._few = asyncio.Semaphore(AT_ONCE)

    @property
    def count(self) -> int:
        """In how many rooms the service is now."""
        return len(self._places)

    async def run(self, documents: Iterable[DocumentId]) -> None:
        """Hold places until cancelled: in the rooms of these documents, and of those that come."""
        async with asyncio.TaskGroup() as self._tasks:
            for document in documents:
                self.keep(document)
            await asyncio.Event().wait()

    def is_in(self, document: DocumentId) -> bool:
        """Whether the service hears what is said in this document's room."""
        return document in self._places

    def keep(self, document: DocumentId) -> None:
        """From now on hear what is said in the room of this document."""
        if self._tasks is None:
            raise RuntimeError("places are held only while `run` runs")
        if document not in self._holding:
            self._holding[document] = self._tasks.create_task(self._hold(document))

    def drop(self, document: DocumentId) -> None:
        """The document is gone."""
        holding = self._holding.pop(document, None)
        if holding is not None:
            holding.cancel()

    async def _hold(self, document: DocumentId) -> None:
        retry, nick = Retry(), NICK
        while True:
            stream = await self._component.stream()
            try:
                # First, or the XMPP server would make a room of its own liking for us.
                async with self._few:
                    await self._projection.project(document)
                ear = _Ear(document, self._hear, self._reporter, self._now)
                room = self._addresses.document(document)
                async with stream.rooms.occupancy(
                    room, nick, ear, ping_every=self._ask_every
                ) as place:
                    retry = Retry()
                    await self._stay(document, place, ear)
            except AWAY as error:
                log.warning("no place: document=%s reason=%s", document, refusal(error))
                if isinstance(error, ConflictError):
                    # Whoever took our name does not become us: members go by the real JID.
                    nick = f"{NICK}~{token_hex(3)}"
            retry = retry.next(self._chance())
            await asyncio.sleep(retry.delay.total_seconds())

    async def _stay(self, document: DocumentId, place: Place, ear: _Ear) -> None:
        self._places[document] = ear.place = place
        try:
            # Whatever was said while we were away: those who said it still have it.
            self._voice.say(document, Resync())
            raise await asyncio.shield(place.lost)
        finally:
            del self._places[document]
            self._reporter.deaf(document)


class _Ear:
    """What the service makes of what it hears in one document room."""

    def __init__(
        self,
        document: DocumentId,
        hear: Callable[[Heard], None],
        reporter: Reporter,
        now: Callable[[], datetime],
    ) -> None:
        self.place: Place | None = None
        self._document = document
        self._hear = hear
        self._reporter = reporter
        self._now = now

    def on_message(self, message: RoomMessage) -> None:
        try:
            payload = read_payload(message.payloads)
        except BridgeError:
            self._reporter.unreadable(self._document, message.nick)
            return
        if isinstance(payload, UpdateStanza) and self.place is not None:
            occupant = self.place.occupants.get(message.nick)
            self._hear(Heard(self._document, occupant, payload, self._now()))

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        """Nothing: the place itself keeps who is here."""

    def on_left(self, occupant: Occupant) -> None:
        """Nothing: what somebody said before they left still counts."""

    def on_refused(self, message_id: str, condition: str) -> None:
        log.warning(
            "not heard: document=%s id=%s condition=%s", self._document, message_id, condition
        )
