"""Hold a place in a room (XEP-0045), and notice when it is lost."""

from __future__ import annotations

import asyncio
import logging
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

from slixmpp import JID
from slixmpp.basexmpp import BaseXMPP
from slixmpp.stanza import Message
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    BridgeError,
    ConflictError,
    ForbiddenError,
    NotAuthorizedError,
    NotFoundError,
    UnavailableError,
)
from xmpp_bridge.xmpp.self_ping import keep_asking
from xmpp_bridge.xmpp.serialise import serialise

log = logging.getLogger(__name__)

MUC = "http://jabber.org/protocol/muc"
MUC_USER = "http://jabber.org/protocol/muc#user"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
SELF_PRESENCE = "110"  # XEP-0045, section 7.2.2: the last presence of a join is one's own.
PATIENCE = timedelta(seconds=15)
PING_EVERY = timedelta(seconds=60)

REFUSALS: Mapping[str, type[BridgeError]] = {
    "not-authorized": NotAuthorizedError,
    "forbidden": ForbiddenError,
    "item-not-found": NotFoundError,
    "conflict": ConflictError,
    "registration-required": ForbiddenError,
    "not-allowed": ForbiddenError,
}


@dataclass(frozen=True)
class Occupant:
    """Somebody in a room, as the XMPP server vouches for."""

    nick: str
    jid: JID | None
    """The real full JID; None in a room that hides it, and then nobody is to be trusted."""
    affiliation: str
    role: str


@dataclass(frozen=True)
class RoomMessage:
    """A groupchat message as the room reflects it."""

    nick: str
    """Empty when the room itself speaks."""
    id: str
    payloads: tuple[ET.Element, ...] = field(repr=False)


class Listener(Protocol):
    """What somebody in a room wants to hear."""

    def on_message(self, message: RoomMessage) -> None: ...
    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None: ...
    def on_left(self, occupant: Occupant) -> None: ...
    def on_refused(self, message_id: str, condition: str) -> None: ...


class Place:
    """A place in a room; `lost` is done as soon as it is not ours any more."""

    def __init__(self, rooms: Rooms, room: JID, nick: str, listener: Listener) -> None:
        self.room = room
        self.nick = nick
        self.occupants: dict[str, Occupant] = {}
        self.doubted = asyncio.Event()
        """Set by whoever has cause to think that the room has forgotten us: it is asked at once."""
        loop = asyncio.get_running_loop()
        self.joined: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[BridgeError] = loop.create_future()
        self._rooms = rooms
        self._listener = listener

    @property
    def me(self) -> Occupant | None:
        """Ourselves as the room sees us: this tells whether we have a voice."""
        return self.occupants.get(self.nick)

    def send(self, message_id: str, *payloads: ET.Element) -> None:
        """Say something to everybody, without a body: no client shows it, no archive keeps it."""
        self._rooms.send_groupchat(self.room, message_id, payloads)

    def announce(self, *payloads: ET.Element) -> None:
        """Be shown differently from now on."""
        self._rooms.send_presence(self, *payloads)

    def lose(self, error: BridgeError) -> None:
        """The place is gone; only the first reason counts."""
        if not self.lost.done():
            self.lost.set_result(error)
        if not self.joined.done():
            self.joined.set_exception(error)

    def hear_message(self, message: RoomMessage) -> None:
        self._listener.on_message(message)

    def hear_refusal(self, message_id: str, condition: str) -> None:
        if condition == "not-acceptable":  # XEP-0045, section 7.4: we are not in the room.
            self.lose(UnavailableError("the room does not know us any more"))
        self._listener.on_refused(message_id, condition)

    def hear_presence(self, presence: ET.Element, nick: str, *, available: bool) -> None:
        occupant, codes = read_occupant(presence, nick)
        mine = nick == self.nick or SELF_PRESENCE in codes
        if available:
            self.occupants[nick] = occupant
            self._listener.on_presence(occupant, presence)
            if mine and not self.joined.done():
                self.joined.set_result(None)
            return
        self._listener.on_left(self.occupants.pop(nick, occupant))
        # What comes before we are in is about a place we held here a moment ago.
        if mine and self.joined.done():
            self.lose(_why_we_left(presence, codes))


class Rooms:
    """The rooms of one stream: sends what comes from a room to whoever holds a place in it."""

    def __init__(self, stream: BaseXMPP) -> None:
        self._stream = stream
        self._places: dict[str, Place] = {}
        # A filter and no handler: slixmpp asks a dozen handlers about each stanza, and a keystroke waits meanwhile.
        # It comes after those of plugins, which count stanzas (XEP-0198).
        stream.add_filter("in", self._on_message)
        stream.register_handler(
            Callback(
                "rooms presence", MatchXPath(f"{{{stream.default_ns}}}presence"), self._on_presence
            )
        )

    @asynccontextmanager
    async def occupancy(
        self,
        room: JID,
        nick: str,
        listener: Listener,
        *,
        password: str | None = None,
        payloads: tuple[ET.Element, ...] = (),
        patience: timedelta = PATIENCE,
        ping_every: timedelta = PING_EVERY,
    ) -> AsyncIterator[Place]:
        """Hold a place in `room` for the length of the block."""
        if room.bare in self._places:
            raise ConflictError(f"a place in {room.bare} is already held")
        place = self._places[room.bare] = Place(self, room, nick, listener)
        pinging: asyncio.Task[None] | None = None
        try:
            self._send_join(place, password, payloads)
            await _joined(place, patience)
            pinging = asyncio.create_task(keep_asking(self._stream, place, ping_every, PATIENCE))
            yield place
        finally:
            if pinging is not None:
                pinging.cancel()
            del self._places[room.bare]
            place.lose(UnavailableError("the place was given up"))
            _retrieve(place.joined)
            if self._stream.is_connected():
                self._presence(place, "unavailable")

    def lose_all(self, error: BridgeError) -> None:
        """The stream has ended, and with it every place."""
        for place in list(self._places.values()):
            place.lose(error)

    def send_groupchat(
        self,
        room: JID,
        message_id: str,
        payloads: tuple[ET.Element, ...],
        sender: JID | None = None,
    ) -> None:
        """Send a message to `room`; silently nothing when the stream is gone: `sync` heals it."""
        if not self._stream.is_connected():
            return
        if sender is None and self._stream.is_component:
            sender = (
                self._stream.boundjid
            )  # RFC 6120, section 4.9.3.9: a component says who speaks.
        # Neither a `Message`, which costs as much as all else that a keystroke needs, nor `send`, whose queue costs a
        # turn of the event loop.
        namespace = self._stream.default_ns
        attributes = {"type": "groupchat", "to": str(room), "id": message_id}
        if sender is not None:
            attributes["from"] = str(sender)
        message = ET.Element(f"{{{namespace}}}message", attributes)
        message.extend(payloads)
        self._stream.send_raw(serialise(message, namespace))

    def send_presence(self, place: Place, *payloads: ET.Element) -> None:
        """Say how we are there; silently nothing when the stream is gone: who enters anew says it."""
        if self._stream.is_connected() and not place.lost.done():
            self._presence(place, None, *payloads)

    def _presence(
        self, place: Place, kind: Literal["unavailable"] | None, *payloads: ET.Element
    ) -> None:
        presence = self._stream.make_presence(
            pto=JID(f"{place.room.bare}/{place.nick}"), ptype=kind
        )
        for payload in payloads:
            presence.xml.append(payload)
        presence.send()

    def _send_join(
        self, place: Place, password: str | None, payloads: tuple[ET.Element, ...]
    ) -> None:
        wish = ET.Element(f"{{{MUC}}}x")
        ET.SubElement(wish, f"{{{MUC}}}history", maxstanzas="0")
        if password is not None:
            ET.SubElement(wish, f"{{{MUC}}}password").text = password
        self._presence(place, None, wish, *payloads)

    def _on_message(self, stanza: StanzaBase) -> StanzaBase | None:
        """Take what a room says of ours; return whatever else comes."""
        kind = stanza.xml.get("type")
        if kind not in ("groupchat", "error") or not isinstance(stanza, Message):
            return stanza
        place, nick = self._at(stanza)
        if place is None:
            return stanza
        message_id = stanza.xml.get("id", "")
        try:
            if kind == "error":
                place.hear_refusal(message_id, read_condition(stanza.xml))
            else:
                place.hear_message(RoomMessage(nick, message_id, tuple(stanza.xml)))
        except Exception:  # in a filter it would end the stream
            log.exception("message not heard: room=%s", place.room.bare)
        return None

    def _on_presence(self, stanza: StanzaBase) -> None:
        place, nick = self._at(stanza)
        if place is None:
            return
        kind = stanza.xml.get("type")
        if kind == "error":
            condition = read_condition(stanza.xml)
            refusal = REFUSALS.get(condition, UnavailableError)
            place.lose(refusal(f"{place.room.bare} does not let us in: {condition}"))
        elif nick and kind in (None, "unavailable"):
            place.hear_presence(stanza.xml, nick, available=kind is None)

    def _at(self, stanza: StanzaBase) -> tuple[Place | None, str]:
        """Whose place a stanza is about; a component is also sent what is for others of its domain."""
        room, _, nick = stanza.xml.get("from", "").partition("/")
        to = stanza.xml.get("to", "")
        if to and to != self._stream.boundjid.full:
            return None, ""
        return self._places.get(room), nick


def read_occupant(presence: ET.Element, nick: str) -> tuple[Occupant, frozenset[str]]:
    """Who a presence from a room is about, and its status codes."""
    extension = presence.find(f"{{{MUC_USER}}}x")
    item = None if extension is None else extension.find(f"{{{MUC_USER}}}item")
    if extension is None or item is None:
        return Occupant(nick, None, "none", "none"), frozenset()
    codes = frozenset(status.get("code", "") for status in extension.iter(f"{{{MUC_USER}}}status"))
    return (
        Occupant(
            nick, _jid(item.get("jid")), item.get("affiliation", "none"), item.get("role", "none")
        ),
        codes,
    )


def read_condition(stanza: ET.Element) -> str:
    """The defined condition of a stanza error (RFC 6120, section 8.3)."""
    for child in stanza.iterfind("{*}error/*"):
        if child.tag.startswith(f"{{{STANZAS}}}") and not child.tag.endswith("}text"):
            return child.tag.partition("}")[2]
    return "undefined-condition"


def _jid(text: str | None) -> JID | None:
    try:
        return JID(text) if text else None
    except ValueError as error:
        raise BadPayloadError("the room names a JID which is none") from error


def _why_we_left(presence: ET.Element, codes: frozenset[str]) -> BridgeError:
    reasons = {
        "301": ForbiddenError("banned from the room"),
        "307": ForbiddenError("removed from the room"),
        "321": ForbiddenError("not a member of the room any more"),
        "332": UnavailableError("the XMPP server shuts down"),
    }
    for code, error in reasons.items():
        if code in codes:
            return error
    if presence.find(f".//{{{MUC_USER}}}destroy") is not None:
        return NotFoundError("the room was destroyed")
    return UnavailableError("the place in the room is lost")


async def _joined(place: Place, patience: timedelta) -> None:
    try:
        # Not `wait_for`: until Python 3.12 it drops a cancellation that comes together with the result.
        async with asyncio.timeout(patience.total_seconds()):
            await asyncio.shield(place.joined)
    except TimeoutError:
        raise UnavailableError(f"{place.room.bare} did not answer in time") from None


def _retrieve(future: asyncio.Future[None]) -> None:
    """A refusal that somebody has already been told of is not an unhandled one."""
    if future.done() and not future.cancelled():
        future.exception()
