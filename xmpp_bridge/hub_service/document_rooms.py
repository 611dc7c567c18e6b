"""The service's places in document rooms: hear every update, have it kept, and say so."""

from __future__ import annotations

import asyncio
import logging
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from secrets import token_hex
from time import monotonic

from xmpp_bridge.documents.access import Refusal, may_write
from xmpp_bridge.documents.chunk import Assembly
from xmpp_bridge.documents.stanza import Chunk, Resync, UpdateStanza, read_payload
from xmpp_bridge.documents.update import EMPTY_UPDATE, read_update
from xmpp_bridge.hub_service.attendance import Attendance
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

NOTHING = read_update(EMPTY_UPDATE)
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
        self._ears: dict[DocumentId, _Ear] = {}
        self._few = asyncio.Semaphore(AT_ONCE)
        self._assembly = Assembly()

    @property
    def count(self) -> int:
        """In how many rooms the service is now."""
        return len(self._ears)

    async def run(self, documents: Iterable[DocumentId]) -> None:
        """Hold places until cancelled: in the rooms of these documents, and of those that come."""
        async with asyncio.TaskGroup() as self._tasks:
            for document in documents:
                self.keep(document)
            await asyncio.Event().wait()

    def hears(self, document: DocumentId, replica: str, localpart: str) -> bool:
        """Whether the service hears this replica there, and it is this account's; by its real JID, not by its word.

        Does it not, then either of the two is not in the room: the service finds out whether it still is.
        """
        ear = self._ears.get(document)
        place = None if ear is None else ear.place
        occupant = None if place is None else place.occupants.get(replica)
        if occupant is None and place is not None:
            place.doubted.set()
        if occupant is None or occupant.jid is None:
            return False
        return occupant.jid.bare == self._addresses.account(localpart).bare

    def absence(self, document: DocumentId, bare_jid: str | None) -> float:
        """For how many seconds this account has not been in the document's room, as far as we saw."""
        ear = self._ears.get(document)
        return 0.0 if ear is None else ear.absence(bare_jid)

    def followers(self, document: DocumentId) -> frozenset[str]:
        """The full JIDs of those who hear what is said there, as far as the service can see."""
        ear = self._ears.get(document)
        occupants = () if ear is None else ear.occupants
        return frozenset(each.jid.full for each in occupants if each.jid is not None)

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
                ear = _Ear(document, self._hear, self._reporter, self._assembly, self._now)
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
        self._ears[document], ear.place = ear, place
        try:
            # Whatever was said while we were away: those who said it still have it.
            self._voice.say(document, Resync())
            raise await asyncio.shield(place.lost)
        finally:
            del self._ears[document]
            self._reporter.deaf(document)
            for nick in place.occupants:
                self._assembly.forget((document, nick))


class _Ear:
    """What the service makes of what it hears in one document room."""

    def __init__(
        self,
        document: DocumentId,
        hear: Callable[[Heard], None],
        reporter: Reporter,
        assembly: Assembly,
        now: Callable[[], datetime],
    ) -> None:
        self.place: Place | None = None
        self._attendance = Attendance(monotonic)
        self._assembly = assembly
        self._document = document
        self._hear = hear
        self._reporter = reporter
        self._now = now

    def absence(self, bare_jid: str | None) -> float:
        """For how many seconds we have seen nobody of this account; of no account: since we came."""
        return self._attendance.absence(bare_jid, self.occupants)

    @property
    def occupants(self) -> tuple[Occupant, ...]:
        return () if self.place is None else tuple(self.place.occupants.values())

    def on_message(self, message: RoomMessage) -> None:
        try:
            payload = read_payload(message.payloads, message.nick, message.id)
        except BridgeError:
            self._reporter.unreadable(self._document, message.nick)
            return
        if self.place is None or not isinstance(payload, UpdateStanza | Chunk):
            return
        occupant = self.place.occupants.get(message.nick)
        if isinstance(payload, Chunk):
            self._on_chunk(message.nick, occupant, payload)
        else:
            self._hear(Heard(self._document, occupant, payload, self._now()))

    def _on_chunk(self, nick: str, occupant: Occupant | None, chunk: Chunk) -> None:
        """Somebody cannot reach us but through the room, or did not when they began."""
        decision = may_write(occupant, NOTHING, {})
        if isinstance(decision, Refusal):
            self._reporter.unwelcome(self._document, decision.reason)
            return
        whole = self._assembly.take((self._document, nick), chunk)
        if whole is not None:
            self._hear(Heard(self._document, occupant, whole, self._now()))
        elif chunk.sequence is not None:
            self._reporter.cut(self._document, chunk.replica)

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        """Nothing: the place itself keeps who is here."""

    def on_left(self, occupant: Occupant) -> None:
        """What somebody said before they left still counts; what they had not finished does not."""
        self._attendance.left(occupant)
        self._assembly.forget((self._document, occupant.nick))
        self._reporter.left(self._document, occupant.nick)

    def on_refused(self, message_id: str, condition: str) -> None:
        log.warning(
            "not heard: document=%s id=%s condition=%s", self._document, message_id, condition
        )
