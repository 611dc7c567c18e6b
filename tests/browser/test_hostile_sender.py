"""Somebody with a valid account sends whatever XMPP lets through, to a real lab on a real hub."""

from __future__ import annotations

import os
import random
import signal
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from slixmpp import JID

from tests.browser.lab import Lab
from tests.browser.window import Window, opened
from tests.e2e.chatters import Chatter
from tests.e2e.people import Actor, connected
from tests.e2e.servers import Hub, HubSettings, running_hub
from tests.e2e.stage import until
from xmpp_bridge.xmpp.stream import Stream

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HEARD_MS = 60_000
"""Of 314 stanzas, some of them huge, on a machine that has other work."""

SECRET = "wherefore-art-thou-in-a-log"
EVIL = "https://evil.example"
FUZZED = 300
HOSTILE = (
    "<script>window.taken = 1</script>",
    f"<img src={EVIL}/x.png onerror='window.taken = 1'> ![x]({EVIL}/x.png)",
    f"<iframe src={EVIL}></iframe><style>* {{ background: url({EVIL}/x.png) }}</style>",
    "javascript:window.taken=1 data:text/html,<script>window.taken=1</script>",
    f"{EVIL}/x.png",
    "\u202e\u2066turned\u2069 \u200bhidden\ufeff",
    "Z" + "\u0301\u0328\u0347" * 2_000 + "algo",
    "*_~`" * 4_000,
    ">" * 15_000,
    "\n" * 15_000 + "far below",
    "@alice " * 2_800,
    "/me \u202e is somebody else",
    "x" * 1_000_000,
)
TAGS = (
    "{urn:xmpp:reply:0}reply",
    "{urn:xmpp:fallback:0}fallback",
    "{urn:xmpp:fallback:0}body",
    "{urn:xmpp:reactions:0}reactions",
    "{urn:xmpp:reactions:0}reaction",
    "{urn:xmpp:message-correct:0}replace",
    "{urn:xmpp:message-retract:1}retract",
    "{urn:xmpp:message-moderate:1}moderated",
    "{urn:xmpp:reference:0}reference",
    "{urn:xmpp:sfs:0}file-sharing",
    "{urn:xmpp:file:metadata:0}file",
    "{jabber:x:oob}x",
    "{jabber:x:oob}url",
    "{urn:xmpp:delay}delay",
    "{urn:xmpp:sid:0}stanza-id",
    "{urn:xmpp:sid:0}origin-id",
    "{urn:xmpp:occupant-id:0}occupant-id",
    "{urn:xmpp:carbons:2}received",
    "{urn:xmpp:mam:2}result",
    "{urn:xmpp:forward:0}forwarded",
    "{jabber:client}message",
    "{jabber:client}body",
    "{http://jabber.org/protocol/muc#user}x",
    "{http://jabber.org/protocol/muc#user}item",
    "{http://jabber.org/protocol/xhtml-im}html",
    "{urn:xmpp-bridge:chat:0}cell",
    "{urn:xmpp-bridge:chat:0}archived",
    "{urn:xmpp-bridge:chat:0}rooms",
    "{urn:xmpp-bridge:chat:0}resolved",
)
ATTRIBUTES = (
    *("id", "by", "to", "from", "jid", "uri", "begin", "end", "for", "stamp", "type", "target"),
    *("document", "cell", "name", "href", "through", "disposition", "affiliation", "role"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hub() -> AsyncIterator[Hub]:
    # What Bob sends by hand he sends under a resource that has no lease: the sweeper would end it.
    async with running_hub(HubSettings(service={"reconcile_seconds": 3600})) as hub:
        yield hub


async def test_the_panel_stays_itself_and_no_log_holds_a_word(
    hub: Hub, chromium: Browser, record_property: Any
) -> None:
    alice = Actor(hub, await hub.start_server("alice"))
    bob = Actor(hub, await hub.start_server("bob"))
    room = str((await alice.service.create_room("Orchard"))["id"])
    await alice.service.set_member(room, "bob", "editor")
    async with opened(chromium, Lab(f"{hub.url}user/alice", alice.server.home)) as window:
        await window.log_in(hub.url, "alice", hub.password)
        await window.go("lab?reset")
        await window.enter("Orchard")
        count = await _assault(bob, room)

        await window.log.get_by_text("That was all").wait_for(timeout=HEARD_MS)
        await window.say("I am still here")
        still = window.log.get_by_role("article").filter(has_text="I am still here")
        await still.get_by_label("delivered").wait_for()
        await _is_itself(window)
        assert window.complaints == []
    assert await hub.service("").answers("healthz")
    page = await alice.service.messages(room, limit=200)
    assert {each["sender"]["username"] for each in page["messages"]} == {"alice", "bob"}
    assert page["messages"][-1]["body"] == "I am still here"
    found = await alice.service.search(q="still here", order="newest", limit=10)
    assert [hit["message"]["body"] for hit in found["hits"]] == ["I am still here"]
    for log in (hub.log, *(hub.state / "ejabberd" / "logs").glob("*.log")):
        assert SECRET not in log.read_text(errors="replace"), log.name
    for actor in (alice, bob):
        actor.service.close()
    record_property("figure", f"{count} hostile stanzas; nothing ran, nothing left, nothing logged")


async def _is_itself(window: Window) -> None:
    assert await window.page.evaluate("window.taken") is None
    assert await window.panel.locator("script, iframe, style, link, video, form img").count() == 0
    names = await window.log.get_by_role("article").evaluate_all(
        "articles => articles.map(each => each.getAttribute('aria-label').split(',')[0])"
    )
    assert set(names) <= {"alice", "bob"}
    width = await window.log.evaluate("log => [log.scrollWidth, log.clientWidth]")
    assert width[0] <= width[1]


async def _assault(bob: Actor, room: str) -> int:
    """Everything, then one honest word; returns how many stanzas those were."""
    (jid,) = [each["jid"] for each in await bob.service.chat_rooms() if each["id"] == room]
    async with in_place_of_the_server(bob) as stream:
        chatter = Chatter(bob, jid, stream)
        async with stream.rooms.occupancy(JID(jid), "carol", chatter) as place:
            chatter.place = place
            count = 0
            for payloads in _payloads():
                place.send(f"{SECRET}-{count}", *payloads)
                count += 1
            chatter.say("That was all")
            await until(lambda: _has_heard(chatter, "That was all"), "the room has it all")
            return count + 1


@asynccontextmanager
async def in_place_of_the_server(actor: Actor) -> AsyncIterator[Stream]:
    """Where a Jupyter server was, which nothing slows down and nobody puts out as a client that says too much."""
    os.kill(actor.server.pid, signal.SIGSTOP)  # or it would come back
    try:
        async with connected(actor):
            """The server's own session ends now, and its places in rooms with it: not in the middle of our join."""
        async with connected(actor) as stream:
            yield stream
    finally:
        os.kill(actor.server.pid, signal.SIGCONT)


async def _has_heard(chatter: Chatter, body: str) -> bool:
    return any(getattr(line.payload, "body", "") == body for line in chatter.lines)


def _payloads() -> Iterator[list[ET.Element]]:
    chance = random.Random(1597)
    for body in HOSTILE:
        yield [_text("{jabber:client}body", f"{body} {SECRET}")]
    for _ in range(FUZZED):
        elements = [_element(chance, 0) for _ in range(chance.randint(1, 4))]
        if chance.random() < 0.7:
            elements.append(
                _text("{jabber:client}body", f"{chance.choice(HOSTILE)[:500]} {SECRET}")
            )
        yield elements


def _text(tag: str, text: str) -> ET.Element:
    element = ET.Element(tag)
    element.text = text
    return element


def _element(chance: random.Random, depth: int) -> ET.Element:
    element = ET.Element(chance.choice(TAGS))
    for name in chance.sample(ATTRIBUTES, chance.randint(0, 6)):
        element.set(name, _value(chance))
    if chance.random() < 0.5:
        element.text = _value(chance)
    if depth < 3:
        element.extend(_element(chance, depth + 1) for _ in range(chance.randint(0, 2)))
    return element


def _value(chance: random.Random) -> str:
    return chance.choice(
        (
            "javascript:window.taken=1",
            f"{EVIL}/{SECRET}.png",
            "alice@montague.lit",
            "xmpp:alice@montague.lit",
            f"{chance.randint(0, 2**60)}",
            "-1",
            "1e999",
            "<b>" + SECRET,
            "\u202ealice",
            "x" * 5_000,
            "",
            "owner",
            "1999-01-01T00:00:00Z",
        )
    )
