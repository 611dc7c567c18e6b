"""What somebody without a common room can learn of a person: by XMPP, REST and WebSocket nothing."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from slixmpp import JID
from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from demo.rest import RefusedError
from tests.e2e.chat_tab import chat_tab
from tests.e2e.sitting_phone import phone_login
from tests.e2e.stage import Stage
from xmpp_bridge.xmpp.stream import Stream

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="session")]

NOT_FOUND = 404
NOBODY = "tybalt"
QUESTIONS = {
    "disco#info": "{http://jabber.org/protocol/disco#info}query",
    "disco#items": "{http://jabber.org/protocol/disco#items}query",
    "vCard": "{vcard-temp}vCard",
    "last activity": "{jabber:iq:last}query",
    "version": "{jabber:iq:version}query",
    "ping": "{urn:xmpp:ping}ping",
    "time": "{urn:xmpp:time}time",
    "private": "{jabber:iq:private}query",
    "roster": "{jabber:iq:roster}query",
    "MAM": "{urn:xmpp:mam:2}query",
}
NODES = (
    "urn:xmpp:avatar:metadata",
    "urn:xmpp:avatar:data",
    "http://jabber.org/protocol/nick",
    "http://jabber.org/protocol/geoloc",
    "urn:xmpp:mds:displayed:0",
    "urn:xmpp:bookmarks:1",
)


@dataclass
class Stranger:
    """Carol, with a client of her own that asks whatever it likes; Alice and Bob share a room, she none."""

    stream: Stream
    room: str
    document: str
    heard: list[ET.Element]

    def address(self, name: str, resource: str = "") -> JID:
        domain = self.stream.boundjid.domain
        return JID(f"{name}@{domain}/{resource}" if resource else f"{name}@{domain}")

    async def ask(self, who: JID, question: str | ET.Element) -> str:
        """What becomes of a question: the condition of an error, or all that the answer holds."""
        iq = self.stream.make_iq_get(ito=who)
        iq.xml.append(ET.Element(question) if isinstance(question, str) else question)
        try:
            answer = await iq.send(timeout=20)  # type: ignore[no-untyped-call]
        except IqError as error:
            return str(error.condition)
        return "".join(ET.tostring(each, encoding="unicode") for each in answer.xml)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stranger(stage: Stage) -> AsyncIterator[Stranger]:
    alice = stage.people["alice"]
    document, room = await stage.shared(alice, "private.ipynb", "x = 1", bob="editor")
    await leave_all(stage, "carol")
    async with chat_tab(stage.people["bob"].server) as tab, phone_login(stage, "carol") as stream:
        await tab.remark("activity", idle_seconds=0, at=None)
        await tab.sees(
            lambda frame: (
                frame["kind"] == "people"
                and any(
                    each["username"] == "bob" and each["show"] == "available"
                    for each in frame["people"]
                )
            )
        )
        heard: list[ET.Element] = []
        for kind in ("presence", "message"):
            matcher = MatchXPath(f"{{jabber:client}}{kind}")
            stream.register_handler(Callback(kind, matcher, lambda each: heard.append(each.xml)))
        stream.send_presence()
        yield Stranger(stream, room, document, heard)


async def leave_all(stage: Stage, name: str) -> None:
    """Other tests have taken her into rooms; of those that are hers the others go."""
    server = stage.people[name].server
    rooms: Any = await server.call("GET", "xmpp-bridge/api/rooms")
    for each in rooms["rooms"]:
        others = [who["hub_user"] for who in each["members"] if who["hub_user"] != name]
        for leaver in others if each["role"] == "owner" else [name]:
            path = f"xmpp-bridge/api/rooms/{each['id']}/members/{leaver}"
            await server.call("DELETE", path)


@pytest.mark.parametrize("resource", ["", "phone"])
async def test_a_question_is_answered_as_if_nobody_were_there(
    stranger: Stranger, resource: str
) -> None:
    """Of somebody online the same comes back as of somebody who never was."""
    answers = {
        question: [
            (await stranger.ask(stranger.address(name, resource), tag)).replace(name, "x")
            for name in ("bob", NOBODY)
        ]
        for question, tag in QUESTIONS.items()
    }
    different = {question: told for question, told in answers.items() if told[0] != told[1]}
    assert different == {}


async def test_no_pep_node_is_given_away(stranger: Stranger) -> None:
    for node in NODES:
        pubsub = ET.Element("{http://jabber.org/protocol/pubsub}pubsub")
        ET.SubElement(pubsub, "{http://jabber.org/protocol/pubsub}items", node=node)
        answer = await stranger.ask(stranger.address("bob"), pubsub)
        assert "<" not in answer, node


async def test_neither_probe_nor_request_brings_a_presence(stranger: Stranger) -> None:
    for who in (stranger.address("bob"), stranger.address("bob", "jupyter")):
        for kind in ("probe", "subscribe"):
            stranger.stream.send_presence(pto=who, ptype=kind)
    await stranger.ask(stranger.address("carol"), QUESTIONS["ping"])  # all is answered by now
    told = [each for each in stranger.heard if each.get("from", "").startswith("bob@")]
    assert [each for each in told if each.get("type") in (None, "unavailable")] == []


async def test_rooms_tell_nothing_to_whoever_is_not_in_them(stranger: Stranger) -> None:
    domain = stranger.stream.boundjid.domain
    for service, name in (
        ("rooms", stranger.room),
        ("documents", stranger.document),
        ("awareness", stranger.document),
    ):
        room = JID(f"{name}@{service}.{domain}")
        items = await stranger.ask(room, QUESTIONS["disco#items"])
        assert "bob" not in items
        assert "alice" not in items
        assert name not in await stranger.ask(JID(f"{service}.{domain}"), QUESTIONS["disco#items"])
        for nick in ("bob", "alice"):
            assert "<" not in await stranger.ask(JID(f"{room.bare}/{nick}"), QUESTIONS["ping"])
        presence = stranger.stream.make_presence(pto=JID(f"{room.bare}/carol"))
        presence.xml.append(ET.Element("{http://jabber.org/protocol/muc}x"))
        presence.send()
        await stranger.ask(stranger.address("carol"), QUESTIONS["ping"])
        for heard in stranger.heard:
            if heard.get("from", "").startswith(room.bare):
                assert heard.get("type") == "error", ET.tostring(heard)


async def test_the_service_tells_a_stranger_of_nobody(stranger: Stranger) -> None:
    """Not even to a client that says what only our Jupyter servers say."""
    presence = stranger.stream.make_presence(
        pto=JID(f"xmpp-bridge@bridge.{stranger.stream.boundjid.domain}")
    )
    here = ET.Element("{urn:xmpp-bridge:presence:0}here", watches="true")
    presence.xml.append(here)
    presence.send()
    async with asyncio.timeout(20):
        while not any(
            each.find("{urn:xmpp-bridge:presence:0}people") is not None for each in stranger.heard
        ):
            await asyncio.sleep(0.1)
    for heard in stranger.heard:
        assert "bob" not in ET.tostring(heard, encoding="unicode")


async def test_rest_and_websocket_know_nobody(stage: Stage, stranger: Stranger) -> None:
    server = stage.people["carol"].server
    people = await server.call("GET", "xmpp-bridge/api/people")
    assert people == {"people": [], "total": 0}
    refusals = []
    for name in ("bob", NOBODY):
        with pytest.raises(RefusedError) as refused:
            await server.call("GET", f"xmpp-bridge/api/people/{name}")
        assert refused.value.status == NOT_FOUND
        refusals.append(str(refused.value).replace(name, "x"))
    assert refusals[0] == refusals[1]
    async with chat_tab(server) as tab:
        await tab.remark("activity", idle_seconds=0, at=None)
        await tab.sees(
            lambda frame: (
                frame["kind"] == "people"
                and [each["username"] for each in frame["people"]] == ["carol"]
                and frame["people"][0]["show"] == "available"
            )
        )
        told = [
            each for frame in tab.frames if frame["kind"] == "people" for each in frame["people"]
        ]
        assert {each["username"] for each in told} == {"carol"}
