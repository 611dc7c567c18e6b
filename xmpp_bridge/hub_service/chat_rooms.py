"""The service's places in chat rooms: hear what is said, have it kept, and say up to where it is."""

from __future__ import annotations

import asyncio
import logging
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex
from typing import Any

from slixmpp import JID

from xmpp_bridge.archive.collector import AccountOf, Collector
from xmpp_bridge.archive.store import ArchiveStore, Entry
from xmpp_bridge.chat.comments import cell_of, reply_to, with_cell
from xmpp_bridge.chat.message import Archived, Displayed, Said, StanzaId, older
from xmpp_bridge.chat.stanza import read_payload, stanza_id_of, to_xml
from xmpp_bridge.hub_service.away import AWAY, DATABASE_AWAY, refusal
from xmpp_bridge.hub_service.bystanders import Bystanders
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.hub_service.room_cards import give_picture
from xmpp_bridge.hub_service.xmpp_server import NICK, Addresses
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.component import Component, ComponentStream
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError, UnavailableError
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage
from xmpp_bridge.xmpp.retry import Retry

log = logging.getLogger(__name__)

SAID_WITHIN = 10.0
"""Seconds until what the service says in a room is kept, or is said not to be."""
AT_ONCE = 8  # rooms entered at the same time after a (re)connection
MOST_WAITING = 10_000
MOST_TOGETHER = 200
AGAIN = 1.0
"""Seconds until what could not be kept is tried again."""
GATHER = 0.05
"""Seconds in which what is said gathers for one commit."""


class ChatRooms:
    """Holds a place in the chat of every room, again and again, for as long as `run` runs."""

    def __init__(
        self,
        component: Component,
        projection: Projection,
        archive: ArchiveStore,
        account_of: AccountOf,
        addresses: Addresses,
        *,
        ask_every: timedelta,
        bystanders: Bystanders,
        on_kept: Callable[[JID, Entry], None] = lambda _who, _entry: None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`on_kept` is told what somebody, by their full JID, has said just now, once it is kept."""
        self._bystanders = bystanders
        self._component = component
        self._on_kept = on_kept
        self._projection = projection
        self._archive = archive
        self._account_of = account_of
        self._addresses = addresses
        self._ask_every = ask_every
        self._chance = chance
        self._tasks: asyncio.TaskGroup | None = None
        self._holding: dict[RoomId, asyncio.Task[None]] = {}
        self._few = asyncio.Semaphore(AT_ONCE)
        self._ears: dict[RoomId, _Ear] = {}

    async def run(self, rooms: Iterable[RoomId]) -> None:
        """Hold places until cancelled: in the chats of these rooms, and of those that come."""
        async with asyncio.TaskGroup() as self._tasks:
            for room in rooms:
                self.keep(room)
            await asyncio.Event().wait()

    def keep(self, room: RoomId) -> None:
        """From now on keep what is said in this room."""
        if self._tasks is None:
            raise RuntimeError("places are held only while `run` runs")
        if room not in self._holding:
            self._holding[room] = self._tasks.create_task(self._hold(room))

    def drop(self, room: RoomId) -> None:
        """The room is gone."""
        holding = self._holding.pop(room, None)
        if holding is not None:
            holding.cancel()

    async def say(self, room: RoomId, said: Said) -> None:
        """Say something in a room; it is kept when this returns."""
        ear = self._ears.get(room)
        if ear is None or ear.place is None or ear.place.lost.done():
            raise UnavailableError("the service is not in this room now: try again in a moment")
        message_id = token_hex(16)
        kept = ear.kept[message_id] = asyncio.get_running_loop().create_future()
        try:
            ear.place.send(message_id, *to_xml(said, ear.namespace))
            async with asyncio.timeout(SAID_WITHIN):
                await kept
        except TimeoutError:
            raise UnavailableError("the room did not answer: look again in a moment") from None
        finally:
            del ear.kept[message_id]

    def present(self, room: RoomId) -> frozenset[JID]:
        """The full JIDs of those who are in a room's chat, as far as the service sees it now."""
        ear = self._ears.get(room)
        if ear is None or ear.place is None or ear.place.lost.done():
            return frozenset()
        jids = (occupant.jid for occupant in ear.place.occupants.values())
        return frozenset(jid for jid in jids if jid is not None)

    async def _hold(self, room: RoomId) -> None:
        retry, nick = Retry(), NICK
        while True:
            stream = await self._component.stream()
            try:
                # First, or the XMPP server would make a room of its own liking for us.
                async with self._few:
                    await self._projection.project_chat(room)
                ear = _Ear(
                    room, self._addresses.chat(room).bare, stream.default_ns, self._bystanders
                )
                async with stream.rooms.occupancy(
                    self._addresses.chat(room), nick, ear, ping_every=self._ask_every
                ) as place:
                    ear.place = place
                    self._ears[room] = ear
                    retry = Retry()
                    await give_picture(stream, self._addresses.chat(room))
                    await self._stay(room, stream, place, ear)
            except AWAY as error:
                log.warning("chat not kept: room=%s reason=%s", room, refusal(error))
                if isinstance(error, ConflictError):
                    nick = f"{NICK}~{token_hex(3)}"
            retry = retry.next(self._chance())
            await asyncio.sleep(retry.delay.total_seconds())

    async def _stay(self, room: RoomId, stream: ComponentStream, place: Place, ear: _Ear) -> None:
        """Until the place is lost: then what was not kept comes from the room's own archive."""
        keeping = asyncio.create_task(self._keep_up(room, stream, place, ear))
        try:
            watched: list[asyncio.Future[Any]] = [keeping, place.lost]
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                keeping.result()
            raise place.lost.result()
        finally:
            self._bystanders.deaf(room)
            keeping.cancel()
            with suppress(asyncio.CancelledError, *AWAY):
                await keeping

    async def _keep_up(
        self, room: RoomId, stream: ComponentStream, place: Place, ear: _Ear
    ) -> None:
        service = self._addresses.service.bare
        collector = Collector(room, place.room.bare, service, self._account_of)
        async for page in stream.mam.walk(place.room, await self._archive.last_stanza_id(room)):
            entries = [await collector.archived(each) for each in page]
            await self._keep(place, StanzaId(page[-1].id), entries)
        while True:
            heard = await ear.heard()
            if heard:
                await self._keep_heard(room, collector, stream, place, heard)
                ear.note_kept(heard)
            for jid, through in ear.displayed():
                await self._note_displayed(room, jid, through)

    async def _note_displayed(self, room: RoomId, jid: str, through: StanzaId) -> None:
        """Move somebody's mark, but not beyond what there is; only a convenience, so that it may fail."""
        try:
            account = await self._account_of(jid)
            newest = await self._archive.last_stanza_id(room)
            if account is not None and newest is not None:
                read = through if older(through, newest) else newest
                await self._archive.set_mark(room, account, read=read)
        except DATABASE_AWAY as error:
            log.warning("mark not moved: room=%s reason=%s", room, refusal(error))

    async def _keep_heard(
        self,
        room: RoomId,
        collector: Collector,
        stream: ComponentStream,
        place: Place,
        heard: list[_Heard],
    ) -> None:
        """What was heard waits while the database is away: the XMPP server's may be, too, and lack it for ever."""
        while True:
            try:
                entries = [
                    await collector.live(
                        each.sender.bare, each.id, each.payloads, stream.default_ns
                    )
                    for each in heard
                ]
                await self._keep(place, heard[-1].stanza_id, entries)
            except DATABASE_AWAY as error:
                log.warning("chat waits: room=%s reason=%s", room, refusal(error))
                await asyncio.sleep(AGAIN)
            else:
                for each, entry in zip(heard, entries, strict=True):
                    if entry is not None:
                        self._on_kept(each.sender, entry)
                return

    async def _keep(self, place: Place, through: StanzaId, entries: Iterable[Entry | None]) -> None:
        kept = [entry for entry in entries if entry is not None]
        if kept:
            await self._archive.append(await self._about_cells(kept))
        if not place.lost.done():
            place.send(token_hex(8), *to_xml(Archived(through), ""))

    async def _about_cells(self, entries: list[Entry]) -> list[Entry]:
        """What answers the service's word about a cell is about that cell, whatever client it was written with."""
        service = self._addresses.service.bare
        told = {
            each.stanza_id: cell
            for each in entries
            if each.sender == service and (cell := cell_of(each.said)) is not None
        }
        asked = {reply_to(each.said) for each in entries} - {None, *told}
        told |= await self._archive.cells_told(entries[0].room, service, asked) if asked else {}
        return [replace(each, said=with_cell(each.said, told)) for each in entries]


class _Heard:
    """One message of the room, by whom the XMPP server says it is."""

    def __init__(self, stanza_id: StanzaId, sender: JID, message: RoomMessage) -> None:
        self.stanza_id = stanza_id
        self.sender = sender
        self.id = message.id
        self.nick = message.nick
        self.payloads = message.payloads


class _Ear:
    """Lets what was said wait until it is kept."""

    def __init__(self, room_id: RoomId, room: str, namespace: str, bystanders: Bystanders) -> None:
        self._id = room_id
        self._bystanders = bystanders
        self.namespace = namespace
        self.place: Place | None = None
        self.kept: dict[str, asyncio.Future[None]] = {}
        """What the service itself says, and waits for, by its id."""
        self._room = room
        self._waiting: list[_Heard] = []
        self._displayed: dict[str, StanzaId] = {}
        self._news = asyncio.Event()

    def displayed(self) -> list[tuple[str, StanzaId]]:
        """Who has read how far since."""
        displayed, self._displayed = self._displayed, {}
        return list(displayed.items())

    async def heard(self) -> list[_Heard]:
        """What was said since, as soon as anything was said or read."""
        await self._news.wait()
        await asyncio.sleep(GATHER)
        heard, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
        if not self._waiting:
            self._news.clear()
        return heard

    def note_kept(self, heard: Iterable[_Heard]) -> None:
        for each in heard:
            waiting = self.kept.get(each.id)
            own = self.place is not None and each.nick == self.place.nick
            if own and waiting is not None and not waiting.done():
                waiting.set_result(None)

    def on_message(self, message: RoomMessage) -> None:
        """Only what the room gave an id is in its archive, and for good."""
        stanza_id = stanza_id_of(message.payloads, self._room)
        place = self.place
        if place is not None and self._note_displayed(place, message):
            return
        if stanza_id is None or not message.nick or place is None:
            return
        occupant = place.occupants.get(message.nick)
        if occupant is None or occupant.jid is None or len(self._waiting) >= MOST_WAITING:
            place.lose(UnavailableError("what was said has to be read from the room's archive"))
            return
        self._waiting.append(_Heard(stanza_id, occupant.jid, message))
        self._news.set()

    def _note_displayed(self, place: Place, message: RoomMessage) -> bool:
        """Whether it says, by whoever is there, that they have read."""
        occupant = place.occupants.get(message.nick)
        try:
            payload = read_payload(message.payloads, self.namespace)
        except BadPayloadError:
            return False
        if not isinstance(payload, Displayed) or occupant is None or occupant.jid is None:
            return False
        self._displayed[occupant.jid.bare] = payload.through
        self._news.set()
        return True

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        self._bystanders.present(self._id, occupant, presence)

    def on_left(self, occupant: Occupant) -> None:
        """What somebody said before they left still counts."""
        self._bystanders.left(self._id, occupant)

    def on_refused(self, message_id: str, condition: str) -> None:
        log.warning("not said: room=%s id=%s condition=%s", self._room, message_id, condition)
