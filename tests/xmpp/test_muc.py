"""A place in a room, as XML in and XML out."""

from __future__ import annotations

import asyncio
import time
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from slixmpp import JID, ClientXMPP

from xmpp_bridge.xmpp.errors import (
    BridgeError,
    ConflictError,
    ForbiddenError,
    NotAuthorizedError,
    UnavailableError,
)
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage, Rooms
from xmpp_bridge.xmpp.self_ping import SELDOM

COVEN = JID("coven@documents.shakespeare.lit")
NEVER, SOON = timedelta(hours=1), timedelta(milliseconds=1)


class ScriptedStream(ClientXMPP):
    """A stream without a socket: what it sends is kept, what it receives is written by the test."""

    def __init__(self) -> None:
        super().__init__("hecate@shakespeare.lit/broom", "")
        self.sent: list[ET.Element] = []
        self.answer = ""
        """To every question, at once: a result, or the condition of an error."""

    def is_connected(self) -> bool:
        return True

    def send(self, data: Any, use_filters: bool = True) -> None:  # noqa: FBT001, FBT002 - slixmpp's
        self.sent.append(data.xml)
        if data.xml.tag.endswith("}iq") and self.answer:
            question = data.xml
            kind = self.answer if self.answer == "result" else "error"
            error = (
                f"<error type='cancel'><{self.answer} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                "</error>"
            )
            self.recv(
                f"<iq from='{question.get('to')}' id='{question.get('id')}' type='{kind}'>"
                f"{error if kind == 'error' else ''}</iq>"
            )

    def recv(self, xml: str) -> None:
        self._spawn_event(ET.fromstring(xml.replace(" ", " xmlns='jabber:client' ", 1)))


class Ear:
    """Hears a room."""

    def __init__(self) -> None:
        self.messages: list[RoomMessage] = []
        self.refused: list[tuple[str, str]] = []
        self.left: list[Occupant] = []

    def on_message(self, message: RoomMessage) -> None:
        self.messages.append(message)

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None: ...

    def on_left(self, occupant: Occupant) -> None:
        self.left.append(occupant)

    def on_refused(self, message_id: str, condition: str) -> None:
        self.refused.append((message_id, condition))


def presence(nick: str, *, kind: str = "", role: str = "participant", codes: str = "") -> str:
    status = "".join(f"<status code='{code}'/>" for code in codes.split())
    return f"""<presence from='{COVEN}/{nick}' {kind and f"type='{kind}'"}>
        <x xmlns='http://jabber.org/protocol/muc#user'>
          <item jid='{nick}@shakespeare.lit/broom' affiliation='member' role='{role}'/>{status}
        </x></presence>"""


@pytest.fixture
async def stream() -> ScriptedStream:
    return ScriptedStream()


@pytest.fixture
async def rooms(stream: ScriptedStream) -> Rooms:
    return Rooms(stream)


class Coven:
    """A room that hecate enters in the background."""

    def __init__(self, rooms: Rooms, stream: ScriptedStream) -> None:
        self.ear = Ear()
        self.stack = AsyncExitStack()
        self._rooms = rooms
        self._stream = stream

    async def enter(self, *answers: str, ping_every: timedelta = NEVER) -> Place:
        entering = asyncio.create_task(
            self.stack.enter_async_context(
                self._rooms.occupancy(
                    COVEN, "hecate", self.ear, password="s3", ping_every=ping_every
                )
            )
        )
        await asyncio.sleep(0)
        for answer in answers:
            self._stream.recv(answer)
        return await entering


@pytest.fixture
async def coven(rooms: Rooms, stream: ScriptedStream) -> AsyncIterator[Coven]:
    coven = Coven(rooms, stream)
    async with coven.stack:
        yield coven


async def test_a_join_carries_the_password_and_asks_for_no_history(
    coven: Coven, stream: ScriptedStream
) -> None:
    await coven.enter(presence("hecate", codes="110"))
    wish = stream.sent[0].find("{http://jabber.org/protocol/muc}x")
    assert wish is not None
    assert [
        (child.tag.partition("}")[2], child.get("maxstanzas"), child.text) for child in wish
    ] == [
        ("history", "0", None),
        ("password", None, "s3"),
    ]


async def test_who_was_there_before_is_known_when_one_is_in(coven: Coven) -> None:
    place = await coven.enter(presence("first"), presence("hecate", codes="110"))
    assert place.occupants["first"] == Occupant(
        "first", JID("first@shakespeare.lit/broom"), "member", "participant"
    )
    assert place.me is not None


async def test_a_message_is_heard_with_the_nick_that_the_room_gave_it(
    coven: Coven, stream: ScriptedStream
) -> None:
    await coven.enter(presence("hecate", codes="110"))
    stream.recv(f"<message from='{COVEN}/first' type='groupchat' id='1'><a xmlns='u'/></message>")
    stream.recv("<message from='heath@documents.shakespeare.lit/first' type='groupchat'/>")
    assert [(heard.nick, heard.id) for heard in coven.ear.messages] == [("first", "1")]


async def test_a_refused_message_is_told_by_its_id(coven: Coven, stream: ScriptedStream) -> None:
    await coven.enter(presence("hecate", codes="110"))
    stream.recv(
        f"<message from='{COVEN}' type='error' id='7'><error type='auth'>"
        "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    )
    assert coven.ear.refused == [("7", "forbidden")]


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        ("not-authorized", NotAuthorizedError),
        ("registration-required", ForbiddenError),
        ("conflict", ConflictError),
        ("service-unavailable", UnavailableError),
    ],
)
async def test_a_refused_join_says_why(
    coven: Coven, condition: str, error: type[BridgeError]
) -> None:
    with pytest.raises(error):
        await coven.enter(
            f"<presence from='{COVEN}/hecate' type='error'><error type='auth'>"
            f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
        )


@pytest.mark.parametrize(
    ("codes", "error"),
    [("110 301", ForbiddenError), ("110 307", ForbiddenError), ("110 332", UnavailableError)],
)
async def test_a_place_that_is_taken_away_is_lost_with_the_reason(
    coven: Coven, stream: ScriptedStream, codes: str, error: type[BridgeError]
) -> None:
    place = await coven.enter(presence("hecate", codes="110"))
    stream.recv(presence("hecate", kind="unavailable", role="none", codes=codes))
    assert isinstance(await place.lost, error)


async def test_a_room_that_does_not_know_us_any_more_is_a_lost_place(
    coven: Coven, stream: ScriptedStream
) -> None:
    place = await coven.enter(presence("hecate", codes="110"))
    stream.recv(
        f"<message from='{COVEN}' type='error' id='7'><error type='modify'>"
        "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    )
    assert isinstance(await place.lost, UnavailableError)


async def test_somebody_elses_leaving_is_not_ours(coven: Coven, stream: ScriptedStream) -> None:
    place = await coven.enter(presence("first"), presence("hecate", codes="110"))
    stream.recv(presence("first", kind="unavailable", role="none"))
    assert [occupant.nick for occupant in coven.ear.left] == ["first"]
    assert "first" not in place.occupants
    assert not place.lost.done()


async def test_the_end_of_the_stream_is_the_end_of_every_place(coven: Coven, rooms: Rooms) -> None:
    place = await coven.enter(presence("hecate", codes="110"))
    rooms.lose_all(UnavailableError("the line went dead"))
    assert isinstance(await place.lost, UnavailableError)


async def test_leaving_the_block_leaves_the_room(coven: Coven, stream: ScriptedStream) -> None:
    await coven.enter(presence("hecate", codes="110"))
    await coven.stack.aclose()
    assert stream.sent[-1].get("type") == "unavailable"


async def test_a_room_is_entered_once(coven: Coven, rooms: Rooms) -> None:
    await coven.enter(presence("hecate", codes="110"))
    with pytest.raises(ConflictError):
        async with rooms.occupancy(COVEN, "hecate", coven.ear):
            pass


async def test_what_is_for_somebody_else_of_a_components_domain_is_not_for_us(
    coven: Coven, stream: ScriptedStream
) -> None:
    place = await coven.enter(presence("hecate", codes="110"))
    stream.recv(
        f"<message from='{COVEN}' to='hecate@shakespeare.lit/cat' type='error' id='7'>"
        "<error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        "</message>"
    )
    assert not place.lost.done()
    assert coven.ear.refused == []


async def pinged(stream: ScriptedStream, times: int) -> None:
    async with asyncio.timeout(10):
        while sum(stanza.find("{urn:xmpp:ping}ping") is not None for stanza in stream.sent) < times:
            await asyncio.sleep(0)


@pytest.mark.parametrize("answer", ["result", "service-unavailable", "feature-not-implemented"])
async def test_a_room_that_still_knows_us_is_asked_again_and_again(
    coven: Coven, stream: ScriptedStream, answer: str
) -> None:
    stream.answer = answer
    place = await coven.enter(presence("hecate", codes="110"), ping_every=SOON)

    await pinged(stream, 3)

    assert not place.lost.done()
    assert stream.sent[-1].get("to") == f"{COVEN}/hecate"


async def test_an_empty_room_is_asked_seldom(coven: Coven, stream: ScriptedStream) -> None:
    every = timedelta(milliseconds=10)
    await coven.enter(presence("hecate", codes="110"), ping_every=every)
    began = time.monotonic()
    await pinged(stream, 1)
    assert time.monotonic() - began > (SELDOM - 1) * every.total_seconds()


async def test_a_room_with_somebody_in_it_is_asked_each_time(
    coven: Coven, stream: ScriptedStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmpp_bridge.xmpp.self_ping.SELDOM", 1_000_000_000)
    stream.answer = "result"
    await coven.enter(presence("macbeth"), presence("hecate", codes="110"), ping_every=SOON)
    await pinged(stream, 3)


async def test_a_room_is_asked_at_once_when_there_is_cause_to_doubt(
    coven: Coven, stream: ScriptedStream
) -> None:
    stream.answer = "not-acceptable"
    place = await coven.enter(presence("hecate", codes="110"), ping_every=NEVER)
    place.doubted.set()
    async with asyncio.timeout(10):
        assert "has forgotten us" in str(await asyncio.shield(place.lost))


@pytest.mark.parametrize("answer", ["not-acceptable", "item-not-found", ""])
async def test_a_room_that_has_forgotten_us_is_lost(
    coven: Coven, stream: ScriptedStream, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmpp_bridge.xmpp.muc.PATIENCE", timedelta(milliseconds=50))
    place = await coven.enter(presence("hecate", codes="110"), ping_every=SOON)
    stream.answer = answer

    async with asyncio.timeout(10):
        why = await asyncio.shield(place.lost)
    assert isinstance(why, UnavailableError)
    assert ("has forgotten us" if answer else "does not answer") in str(why)
