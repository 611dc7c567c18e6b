"""One server's place in a room's chat: hears everything once, says everything once, whatever happens between."""

from __future__ import annotations

import asyncio
import logging
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable, Coroutine
from contextlib import suppress
from secrets import token_hex
from typing import Any

from slixmpp import JID

from xmpp_bridge.accounts.jid import as_nick
from xmpp_bridge.chat.about import About
from xmpp_bridge.chat.beside import Archive, Audience
from xmpp_bridge.chat.conversation import Conversation
from xmpp_bridge.chat.heard import Heard, read_archived, read_live
from xmpp_bridge.chat.message import (
    Archived,
    ChatMessage,
    Displayed,
    OriginId,
    Retraction,
    Said,
    StanzaId,
    Typing,
    older,
)
from xmpp_bridge.chat.outbox import ChatOutbox, Waiting
from xmpp_bridge.chat.spoken import target_of
from xmpp_bridge.chat.stanza import read_payload, stanza_id_of, to_xml
from xmpp_bridge.presence.announcement import condition_to_xml, read_caps
from xmpp_bridge.presence.asking import ask_what
from xmpp_bridge.presence.attendees import Attendees
from xmpp_bridge.presence.condition import ABSENT, Condition, Device, Seen, Show
from xmpp_bridge.presence.devices import Caps, Devices
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import (
    FOR_GOOD,
    BadPayloadError,
    BridgeError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnavailableError,
)
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage
from xmpp_bridge.xmpp.retry import Retry
from xmpp_bridge.xmpp.stream import Stream
from xmpp_bridge.xmpp.tasks import while_it_lasts

log = logging.getLogger(__name__)


class ChatRoom:
    """Keeps its place until cancelled, or until the room lets its owner in no more."""

    def __init__(
        self,
        room: RoomId,
        jid: JID,
        nick: str,
        client: Client,
        archive: Archive,
        outbox: ChatOutbox,
        audience: Audience,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.id = room
        self.conversation = Conversation()
        self.archived: StanzaId | None = None
        self.typing: frozenset[str] = frozenset()
        """The bare JIDs of those who are writing something."""
        self._jid = jid
        self._wish = self._nick = as_nick(nick) or token_hex(4)
        self._client = client
        self._archive = archive
        self._outbox = outbox
        self._audience = audience
        self._chance = chance
        self._place: Place | None = None
        self._namespace = ""
        self._held: list[tuple[RoomMessage, str | None]] | None = None
        """What was said while we caught up, and by whom: they may have left before it is looked at."""
        self._refused = False
        """Whether the room has not taken what it was told last."""
        self._fetching: set[asyncio.Task[None]] = set()
        self._attendees = Attendees()
        self._devices = Devices()
        self._condition = Condition(Show.ABSENT, Device.LAB)

    @property
    def live(self) -> bool:
        """Whether what is said now reaches the room at once."""
        return self._place is not None and self._held is None

    @property
    def occupants(self) -> frozenset[str]:
        """The bare JIDs of everybody who is here, the service left out."""
        if self._place is None or not self.live:
            return frozenset()
        jids = {each.jid.bare for each in self._place.occupants.values() if each.jid is not None}
        return frozenset(jid for jid in jids if not self._audience.is_service(jid))

    @property
    def people(self) -> dict[str, Seen]:
        """Everybody who is here and how, by bare JID."""
        there = self._attendees.people()
        return {jid: there.get(jid, ABSENT) for jid in self.occupants}

    def announce(self, condition: Condition) -> None:
        """Be here like this, now and whenever we come back."""
        if condition != self._condition:
            self._condition = condition
            if self._place is not None:
                self._place.announce(*condition_to_xml(condition, self._namespace))

    def is_delivered(self, stanza_id: StanzaId) -> bool:
        """Whether the service has said that it holds this."""
        return self.archived is not None and not older(self.archived, stanza_id)

    # -- saying something ---------------------------------------------------------------------------

    def post(self, waiting: Waiting) -> None:
        """Say it now, or as soon as there is a place to say it; it is kept until the room has it."""
        self._outbox.put(waiting)
        if self.live:
            self._send(waiting)

    def say(self, said: Said) -> None:
        """Say something about a message; only while there is a place, since nobody would wait for it."""
        if not self.live or self._place is None:
            raise UnavailableError("there is no connection to the room now: try again in a moment")
        about = self._about(said)
        self._place.send(token_hex(16), *to_xml(said, self._namespace, about))
        if isinstance(said, Retraction) and about is not None and about.origin is not None:
            # COMPAT(Converse.js 14): it knows a message only by what its sender called it, and slixmpp, which poezio
            # is made of, reads only the last of several ids in one stanza.
            again = Retraction(about.origin)
            self._place.send(token_hex(16), *to_xml(again, self._namespace))

    def type(self, *, active: bool) -> None:
        """Show, or stop showing, that somebody writes here."""
        if self.live and self._place is not None:
            self._place.send(token_hex(8), *to_xml(Typing(active), self._namespace))

    def _send(self, waiting: Waiting) -> None:
        assert self._place is not None  # noqa: S101 - live means that there is one
        about = self._about(waiting.message)
        self._place.send(waiting.origin, *to_xml(waiting.message, self._namespace, about))

    def _about(self, said: Said) -> About | None:
        """The message that this is about, or answers, if it is at hand: for those whose clients do not show which."""
        target = said.reply_to if isinstance(said, ChatMessage) else target_of(said)
        if target is None:
            return None
        me, known = self._me(), StanzaId(target)
        spoken = self.conversation[known] or (me and self.conversation.by(me, OriginId(target)))
        return spoken.about if spoken and not spoken.retracted_by else None

    # -- the place ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Hold the place until cancelled, or until the room lets nobody of ours in."""
        retry = Retry()
        while True:
            stream = await self._client.stream()
            try:
                await self._once(stream)
            except (ForbiddenError, NotFoundError) as error:
                log.info("chat ended: room=%s condition=%s", self.id, error.condition)
                return
            except BridgeError as error:
                log.info("chat lost: room=%s condition=%s", self.id, error.condition)
                if self.live and not self._refused:
                    retry = Retry()
                if isinstance(error, ConflictError):  # somebody else is called so here
                    self._nick = f"{self._wish} ({token_hex(2)})"
            finally:
                self._place, self.typing = None, frozenset()
                self._audience.on_occupants(self.id)
            retry = retry.next(self._chance())
            await asyncio.sleep(retry.delay.total_seconds())

    async def _once(self, stream: Stream) -> None:
        self._held = []
        self._namespace = stream.default_ns
        self._attendees = Attendees()
        here = tuple(condition_to_xml(self._condition, self._namespace))
        async with stream.rooms.occupancy(self._jid, self._nick, self, payloads=here) as place:
            self._place = place
            await while_it_lasts(place.lost, self._catch_up(stream))
            held, self._held = self._held or [], None
            for message, sender in held:
                self._hear(message, sender or self._sender_of(message))
            for waiting in self._outbox.of(self.id):
                self._send(waiting)
            self._audience.on_occupants(self.id)
            raise await asyncio.shield(place.lost)

    async def _catch_up(self, stream: Stream) -> None:
        """Read what was missed, our own words among it: what got through before a break is not said again."""
        if self.conversation.newest is None:
            waiting = [each.at for each in self._outbox.of(self.id)]
            newest = await self._archive.since(self.id, min(waiting, default=None))
            self.conversation.remember(newest, None)
            for spoken in newest:
                self._settle(spoken.sender.jid, spoken.origin)
            if newest:
                self.conversation.newest = self.archived = newest[-1].id
        async for page in stream.mam.walk(self._jid, self.conversation.newest):
            for archived in page:
                with suppress(BadPayloadError):
                    self._take(read_archived(archived))

    # -- what the room says ---------------------------------------------------------------------------

    def on_message(self, message: RoomMessage) -> None:
        sender = self._sender_of(message)
        if self._held is not None:
            self._held.append((message, sender))
        else:
            self._hear(message, sender)

    def _sender_of(self, message: RoomMessage) -> str | None:
        """The bare JID of whom the room says it is from."""
        occupant = None if self._place is None else self._place.occupants.get(message.nick)
        return None if occupant is None or occupant.jid is None else occupant.jid.bare

    def _hear(self, message: RoomMessage, sender: str | None) -> None:
        try:
            if sender is None:
                self._look_up(message)
                return
            payload = read_payload(message.payloads, self._namespace)
            if isinstance(payload, Typing):
                self._note_typing(sender, active=payload.active)
            elif isinstance(payload, Displayed):
                if sender == self._me():
                    self._audience.on_displayed(self.id, payload.through)
            elif isinstance(payload, Archived):
                self._note_archived(sender, payload.through)
            else:
                heard = read_live(
                    self._jid.bare, sender, message.id, message.payloads, self._namespace
                )
                self._take(heard)
        except BadPayloadError as error:
            log.info("message refused: room=%s why=%s", self.id, error)

    def _look_up(self, message: RoomMessage) -> None:
        """The room has not shown us who says this, but its archive knows. A subject, which has no id, may be old."""
        place, stays = self._place, stanza_id_of(message.payloads, self._jid.bare) is not None
        if stays and place is not None and message.nick and message.nick not in place.occupants:
            place.lose(UnavailableError("somebody speaks whom the room has not shown"))

    def _take(self, heard: Heard | None) -> None:
        if heard is None or not heard.counts(by_service=self._audience.is_service(heard.sender)):
            return
        self._settle(heard.sender, heard.origin)
        self._note_typing(heard.sender, active=False)
        known = self.conversation.about(heard)
        sender = self._audience.person(self.id, heard.person)
        spoken = self.conversation.hear(heard, sender, self._audience.is_service)
        if spoken is not None:
            self._audience.on_spoken(self.id, spoken, new=spoken.id == heard.stanza_id)
        elif known is not None and known.isdecimal() and self.conversation[known] is None:
            self._fetch(known)

    def _settle(self, sender: str, origin: Any) -> None:
        if origin is not None and sender == self._me():
            self._refused = False
            self._outbox.settle(self.id, origin)

    def _me(self) -> str | None:
        return None if self._client.jid is None else self._client.jid.bare

    def _note_typing(self, sender: str, *, active: bool) -> None:
        typing = self.typing | {sender} if active else self.typing - {sender}
        if typing != self.typing:
            self.typing = typing
            self._audience.on_typing(self.id)

    def _note_archived(self, sender: str, through: StanzaId) -> None:
        if not self._audience.is_service(sender):
            return
        if self.archived is None or older(self.archived, through):
            self.archived = through
            self._audience.on_archived(self.id, through)

    def _fetch(self, stanza_id: StanzaId) -> None:
        """Something was done to a message that was said before we came."""

        async def fetch() -> None:
            with suppress(BridgeError):
                spoken = await self._archive.message(self.id, stanza_id)
                (known,) = self.conversation.remember([spoken], self.archived)
                self._audience.on_spoken(self.id, known, new=False)

        self._in_background(fetch())

    def _in_background(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._fetching.add(task)
        task.add_done_callback(self._fetching.discard)

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        caps = read_caps(presence)
        known = self._devices.known(caps)
        news = self._attendees.present(occupant, presence, known or Device.OTHER)
        if news and self.live:
            self._audience.on_occupants(self.id)
        if (
            news
            and caps is not None
            and known is None
            and not self._attendees.is_lab(occupant.nick)
        ):
            self._in_background(self._find_device(occupant.nick, caps))

    async def _find_device(self, nick: str, caps: Caps) -> None:
        stream, who = await self._client.stream(), JID(f"{self._jid.bare}/{nick}")
        device = await self._devices.find(caps, lambda node: ask_what(stream, who, node))
        if self._attendees.learned(nick, caps, device) and self.live:
            self._audience.on_occupants(self.id)

    def on_left(self, occupant: Occupant) -> None:
        self._attendees.left(occupant.nick)
        if occupant.jid is not None:
            self._note_typing(occupant.jid.bare, active=False)
        if self.live:
            self._audience.on_occupants(self.id)

    def on_refused(self, message_id: str, condition: str) -> None:
        """The room will not have it; but whoever is not in the room any more says it again."""
        log.info("message refused by the room: room=%s condition=%s", self.id, condition)
        if condition not in FOR_GOOD:
            # It waits, and is said again when we come back; which may be long, if nothing else tells us to.
            self._refused = True
            if self._place is not None:
                self._place.lose(UnavailableError(f"the room did not take a message: {condition}"))
            return
        for waiting in self._outbox.of(self.id):
            if waiting.origin == message_id:
                self._outbox.settle(self.id, waiting.origin)
                self._audience.on_refused(waiting)
