"""Romeo, Juliet and others, logged in to a real ejabberd."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

from slixmpp import JID

from xmpp_bridge.accounts.credential import CredentialMint
from xmpp_bridge.ejabberd.launcher import Ejabberd
from xmpp_bridge.xmpp.component import ComponentLogin, ComponentStream, attached
from xmpp_bridge.xmpp.muc import MUC_USER, Occupant, Place, RoomMessage, Rooms
from xmpp_bridge.xmpp.stream import Login, Secret, Stream, logged_in

LINE = "urn:montague:line"


class Verona:
    """The people of one ejabberd, and what they need to log in."""

    def __init__(self, ejabberd: Ejabberd) -> None:
        self.ejabberd = ejabberd
        self.settings = ejabberd.settings

    def jid(self, localpart: str) -> JID:
        return JID(f"{localpart}@{self.settings.domain}/jupyter")

    def credential(
        self, localpart: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> Secret:
        mint = CredentialMint(
            self.ejabberd.secrets.signing_key, self.settings.domain, timedelta(minutes=5), now
        )
        return mint.mint(self.jid(localpart)).token

    def login(self, localpart: str, password: str | None = None) -> Login:
        host, port = self.ejabberd.c2s
        secret = self.credential(localpart) if password is None else Secret(password)
        authorities = self.ejabberd.ca_pem.read_text()
        return Login(self.jid(localpart), secret, host, port, authorities)

    @asynccontextmanager
    async def person(self, localpart: str) -> AsyncIterator[Person]:
        async with logged_in(self.login(localpart)) as stream:
            yield Person(stream)

    @asynccontextmanager
    async def component(self) -> AsyncIterator[ComponentStream]:
        """The service's own connection; anybody with its secret may speak as its whole domain."""
        login = ComponentLogin(
            jid=JID(f"{self.settings.service_jid}/service"),
            server=self.settings.domain,
            secret=self.ejabberd.secrets.component,
            host=self.ejabberd.component[0],
            port=self.ejabberd.component[1],
        )
        async with attached(login) as stream:
            yield stream


class Person:
    """Somebody who is logged in."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.jid = stream.boundjid
        self._rooms = Rooms(stream)

    @asynccontextmanager
    async def in_room(self, room: str, password: str | None = None) -> AsyncIterator[Seat]:
        seat = Seat()
        async with self._rooms.occupancy(
            JID(room), self.jid.user, seat, password=password
        ) as seat.place:
            yield seat


class Seat:
    """A place in a room, and what was heard from it."""

    place: Place

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.refused: list[tuple[str, str]] = []
        self.statuses: set[str] = set()
        self._ids = count()
        self._changed = asyncio.Event()

    def say(self, text: str) -> str:
        """Say a line in a payload, as an update travels, and return its id."""
        message_id = f"{self.place.nick}-{next(self._ids)}"
        line = ET.Element(f"{{{LINE}}}line")
        line.text = text
        self.place.send(message_id, line)
        return message_id

    @property
    def role(self) -> str:
        return "" if self.place.me is None else self.place.me.role

    async def until(self, condition: Callable[[], bool], seconds: float = 5) -> None:
        """Wait until the room has told us what makes `condition` true."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def on_message(self, message: RoomMessage) -> None:
        for payload in message.payloads:
            if payload.tag == f"{{{LINE}}}line":
                self.heard.append((message.nick, payload.text or ""))
        self._changed.set()

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        self.statuses |= {each.get("code", "") for each in presence.iter(f"{{{MUC_USER}}}status")}
        self._changed.set()

    def on_left(self, occupant: Occupant) -> None:
        self._changed.set()

    def on_refused(self, message_id: str, condition: str) -> None:
        self.refused.append((message_id, condition))
        self._changed.set()
