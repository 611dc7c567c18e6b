"""A place in a chat, with a room and a service that do what the test wants."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from slixmpp import JID

from xmpp_bridge.chat.beside import Archive
from xmpp_bridge.chat.message import ChatMessage, OriginId, StanzaId
from xmpp_bridge.chat.outbox import ChatOutbox, Waiting
from xmpp_bridge.chat.room import ChatRoom
from xmpp_bridge.chat.spoken import Sender, Spoken
from xmpp_bridge.chat.stanza import STANZA_IDS, to_xml
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import BridgeError
from xmpp_bridge.xmpp.mam import Archived
from xmpp_bridge.xmpp.muc import MUC_USER, Occupant, RoomMessage

NAMESPACE = "jabber:client"
ROOM = RoomId("0" * 32)
CHAT = JID(f"{ROOM}@rooms.montague.lit")
ROMEO, JULIET = "romeo@montague.lit", "juliet@montague.lit"


def said(nick: str, number: int, body: str, origin: str = "") -> RoomMessage:
    named = ET.Element(f"{{{STANZA_IDS}}}stanza-id", by=CHAT.bare, id=str(number))
    return RoomMessage(nick, origin, (*to_xml(ChatMessage(body), NAMESPACE), named))


def archived(nick: str, number: int, body: str) -> Archived:
    message = ET.Element(f"{{{NAMESPACE}}}message", {"from": f"{CHAT}/{nick}", "id": body})
    known = ET.SubElement(message, f"{{{MUC_USER}}}x")
    ET.SubElement(known, f"{{{MUC_USER}}}item", jid=f"{nick}@montague.lit/phone")
    message.extend(to_xml(ChatMessage(body), NAMESPACE))
    return Archived(str(number), datetime(1597, 1, 1, tzinfo=UTC), message)


class FakePlace:
    def __init__(self) -> None:
        self.lost: asyncio.Future[BridgeError] = asyncio.get_running_loop().create_future()
        self.occupants = {
            nick: Occupant(nick, JID(f"{nick}@montague.lit/jupyter"), "member", "participant")
            for nick in ("romeo", "juliet")
        }
        self.sent: list[str] = []

    def send(self, message_id: str, *_payloads: ET.Element) -> None:
        self.sent.append(message_id)

    def lose(self, error: BridgeError) -> None:
        if not self.lost.done():
            self.lost.set_result(error)


class FakeClient:
    """Romeo's; each place that is entered is another one, and the archive is read when the test says so."""

    jid = JID(f"{ROMEO}/jupyter")

    def __init__(self) -> None:
        self.places: list[FakePlace] = []
        self.read = asyncio.Event()
        self.archive: list[Archived] = []
        rooms, mam = SimpleNamespace(occupancy=self.occupancy), SimpleNamespace(walk=self.walk)
        self._stream = SimpleNamespace(default_ns=NAMESPACE, rooms=rooms, mam=mam)

    async def stream(self) -> Any:
        return self._stream

    @asynccontextmanager
    async def occupancy(self, *_where: object, **_how: object) -> AsyncIterator[FakePlace]:
        self.places.append(FakePlace())
        yield self.places[-1]

    async def walk(self, *_from: object) -> AsyncIterator[list[Archived]]:
        await self.read.wait()
        yield self.archive


class Kept:
    async def since(self, _room: RoomId, _at: datetime | None) -> Sequence[Spoken]:
        return []


class Heard:
    """Somebody who looks at the room."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.refused: list[Waiting] = []

    def person(self, _room: RoomId, jid: str) -> Sender:
        return Sender(jid, jid)

    def is_service(self, _jid: str) -> bool:
        return False

    def on_spoken(self, _room: RoomId, spoken: Spoken, *, new: bool) -> None:
        assert new
        self.bodies.append(spoken.message.body)

    def on_refused(self, waiting: Waiting) -> None:
        self.refused.append(waiting)

    def on_occupants(self, _room: RoomId) -> None: ...
    def on_typing(self, _room: RoomId) -> None: ...


class Orchard:
    def __init__(self, folder: Path) -> None:
        self.client, self.heard = FakeClient(), Heard()
        self.outbox = ChatOutbox(folder / "outbox.json")
        self.room = ChatRoom(
            ROOM,
            CHAT,
            "romeo",
            cast("Client", self.client),
            cast("Archive", Kept()),
            self.outbox,
            cast("Any", self.heard),
            chance=lambda: 0.0,
        )

    async def entered(self, number: int = 1) -> FakePlace:
        async with asyncio.timeout(5):
            while len(self.client.places) < number:
                await asyncio.sleep(0)
        return self.client.places[number - 1]

    async def live(self) -> None:
        async with asyncio.timeout(5):
            while not self.room.live:
                await asyncio.sleep(0)

    def post(self, body: str) -> Waiting:
        waiting = Waiting(ROOM, OriginId(body), datetime(1597, 1, 1, tzinfo=UTC), ChatMessage(body))
        self.room.post(waiting)
        return waiting


@pytest.fixture
async def orchard(tmp_path: Path) -> AsyncIterator[Orchard]:
    orchard = Orchard(tmp_path)
    running = asyncio.create_task(orchard.room.run())
    yield orchard
    running.cancel()
    await asyncio.wait([running])


async def test_what_somebody_said_while_we_caught_up_is_heard_although_they_have_left(
    orchard: Orchard,
) -> None:
    place = await orchard.entered()
    await asyncio.sleep(0)
    orchard.room.on_message(said("juliet", 1, "Ay me!"))
    del place.occupants["juliet"]
    orchard.client.read.set()
    await orchard.live()
    assert orchard.heard.bodies == ["Ay me!"]


async def test_what_somebody_said_whom_the_room_has_not_shown_is_read_in_its_archive(
    orchard: Orchard,
) -> None:
    orchard.client.read.set()
    await orchard.entered()
    await orchard.live()
    orchard.room.on_message(said("nurse", 1, "Madam!"))
    assert orchard.heard.bodies == []
    orchard.client.archive = [archived("nurse", 1, "Madam!")]
    await orchard.entered(2)
    await orchard.live()
    assert orchard.heard.bodies == ["Madam!"]


async def test_nobody_is_looked_up_in_a_room_that_hides_who_speaks_or_for_its_subject(
    orchard: Orchard,
) -> None:
    orchard.client.read.set()
    place = await orchard.entered()
    subject = ET.Element(f"{{{NAMESPACE}}}subject")
    orchard.room.on_message(RoomMessage("friar", "", (subject,)))  # who set it has left
    await orchard.live()
    place.occupants["nurse"] = Occupant("nurse", None, "member", "participant")
    for nick in ("nurse", ""):
        orchard.room.on_message(said(nick, 1, "Madam!"))
    assert not place.lost.done()
    assert orchard.heard.bodies == []


async def test_what_the_room_could_not_take_is_said_again_at_once(orchard: Orchard) -> None:
    orchard.client.read.set()
    first = await orchard.entered()
    await orchard.live()
    orchard.post("It is the east")
    assert first.sent == ["It is the east"]
    orchard.room.on_refused("It is the east", "internal-server-error")
    second = await orchard.entered(2)
    await orchard.live()
    assert second.sent == ["It is the east"]
    orchard.room.on_message(said("romeo", 2, "It is the east", "It is the east"))
    assert orchard.outbox.of(ROOM) == []
    assert orchard.room.conversation[StanzaId("2")] is not None


async def test_what_the_room_will_never_take_is_given_up(orchard: Orchard) -> None:
    orchard.client.read.set()
    place = await orchard.entered()
    await orchard.live()
    waiting = orchard.post("Juliet is the sun")
    orchard.room.on_refused("Juliet is the sun", "forbidden")
    assert orchard.heard.refused == [waiting]
    assert orchard.outbox.of(ROOM) == []
    assert not place.lost.done()
