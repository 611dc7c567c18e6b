"""What is said in a room, kept by the service through a real ejabberd."""

from __future__ import annotations

import shutil
import signal
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from slixmpp import JID

from tests.e2e.chatters import chatting, read
from tests.e2e.external import beside
from tests.e2e.people import Actor, acting, connected
from tests.e2e.servers import Hub
from tests.e2e.stage import until
from xmpp_bridge.chat.message import (
    ChatMessage,
    Correction,
    Displayed,
    OriginId,
    Reaction,
    Retraction,
    StanzaId,
)
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub() -> AsyncIterator[Hub]:
    """With an ejabberd that outlives the service."""
    folder = Path(tempfile.mkdtemp(prefix="xb-"))  # short: it holds unix sockets
    try:
        async with beside(folder / "ejabberd") as hub:
            yield hub
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def orchard(owner: Actor, **members: str) -> str:
    """A room with these people, by their roles."""
    room = await owner.service.create_room("Capulet's orchard")
    for hub_user, role in members.items():
        await owner.service.set_member(room["id"], hub_user, role)
    return str(room["id"])


async def test_what_is_said_arrives_and_is_kept(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        room = await orchard(romeo, juliet="viewer")
        async with chatting(romeo, room) as his, chatting(juliet, room) as hers:
            line = await hers.heard(his.say("But soft"))
            assert line.payload == ChatMessage("But soft")
            assert line.stanza_id is not None
            await hers.heard(hers.say(Reaction(line.stanza_id, ("👍",))))
            await his.heard(his.say(Correction(OriginId(line.id), "But soft!")))
            last = await hers.heard(hers.say(ChatMessage("Ay me", reply_to=line.stanza_id)))
            assert last.stanza_id is not None
            await hers.archived(last.stanza_id)
        soft, ay_me = await read(juliet, room)
        assert (soft["body"], soft["id"]) == ("But soft!", line.stanza_id)
        assert soft["sender"]["username"] == "romeo"
        assert [reaction["emoji"] for reaction in soft["reactions"]] == ["👍"]
        assert ay_me["reply_to"]["body"] == "But soft!"
        (mine,) = [each for each in await romeo.service.chat_rooms() if each["id"] == room]
        assert mine["unread"] == 1


async def test_what_a_phone_has_read_is_read(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        room = await orchard(romeo, juliet="editor")
        async with chatting(romeo, room) as his, chatting(juliet, room) as hers:
            first = await hers.heard(his.say("But soft"))
            last = await hers.heard(his.say("what light"))
            assert first.stanza_id is not None
            assert last.stanza_id is not None
            await hers.archived(last.stanza_id)
            assert await unread(juliet, room) == 2
            hers.tell(Displayed(first.stanza_id))
            await until(lambda: unread_is(juliet, room, 1), "the first is read")
            hers.tell(Displayed(StanzaId(str(2**53 - 1))))
            await until(lambda: unread_is(juliet, room, 0), "all is read")
            line = await hers.heard(his.say("breaks?"))
            assert line.stanza_id is not None
            await hers.archived(line.stanza_id)
            assert await unread(juliet, room) == 1
        assert await unread(romeo, room) == 0


async def unread(actor: Actor, room: str) -> int:
    (mine,) = [each for each in await actor.service.chat_rooms() if each["id"] == room]
    return int(mine["unread"])


async def unread_is(actor: Actor, room: str, number: int) -> bool:
    return await unread(actor, room) == number


# The hub looks after a service every 30 seconds.
@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.accept)])
async def test_200_messages_while_the_service_is_killed(
    hub: Hub, kills: int, record_property: Any
) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        room = await orchard(romeo, juliet="editor")
        async with chatting(romeo, room) as his, chatting(juliet, room) as hers:
            sent = []
            for number in range(200):
                speaker = his if number % 2 else hers
                sent.append(speaker.say(f"line {number}"))
                await his.heard(sent[-1])
                if number % (200 // kills) == 20:
                    await hub.until_well()
                    await hub.end_service(signal.SIGKILL)
            await hub.until_well()
            lines = [line for line in his.lines if isinstance(line.payload, ChatMessage)]
            assert lines[-1].stanza_id is not None
            await his.archived(lines[-1].stanza_id)
        archive = await read(romeo, room)
        assert [each["id"] for each in archive] == [line.stanza_id for line in lines]
        assert [each["body"] for each in archive] == [f"line {number}" for number in range(200)]
        senders = [each["sender"]["username"] for each in archive]
        assert senders == ["romeo" if number % 2 else "juliet" for number in range(200)]
    record_property("figure", f"200 of 200, in order, once each; killed {kills} times")


async def test_nobody_speaks_in_anothers_name(hub: Hub) -> None:
    """Neither to those who hear it live nor to those who read the XMPP server's archive afterwards."""
    forged = ET.Element("{http://jabber.org/protocol/muc#user}x")
    ET.SubElement(forged, "{http://jabber.org/protocol/muc#user}item", jid="juliet@xmpp.invalid/x")
    delay = ET.Element("{urn:xmpp:delay}delay", stamp="1597-07-16T12:00:00Z")
    stanza_id = ET.Element("{urn:xmpp:sid:0}stanza-id", by="nobody@rooms.invalid", id="7")
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        room = await orchard(romeo, juliet="editor")
        async with chatting(romeo, room) as his, chatting(juliet, room) as hers:
            her_line = await his.heard(hers.say("Ay me"))
            assert her_line.stanza_id is not None
            await his.heard(his.say("live", forged, delay, stanza_id))
            await his.heard(his.say(Retraction(her_line.stanza_id)))
            await his.heard(his.say(Correction(OriginId(her_line.id), "I hate thee")))
            await hub.end_service(signal.SIGKILL)
            line = await his.heard(his.say("archived", forged, delay, stanza_id))
            assert line.stanza_id is not None
            await hub.until_well()
            await his.archived(line.stanza_id)
        archive = await read(romeo, room)
        said = [(each["sender"]["username"], each["body"]) for each in archive]
        assert said == [("juliet", "Ay me"), ("romeo", "live"), ("romeo", "archived")]
        assert all(each["time"] > "2026" for each in archive)
        assert not any(each["edited"] or each["retracted"] for each in archive)


async def test_whoever_is_taken_out_neither_hears_nor_reads(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        room = await orchard(romeo, juliet="editor")
        async with chatting(romeo, room) as his:
            async with chatting(juliet, room) as hers:
                await hers.heard(his.say("But soft"))
                await romeo.service.remove_member(room, "juliet")
                assert hers.place is not None
                assert isinstance(await hers.place.lost, ForbiddenError)
            await his.heard(his.say("She is gone"))
            async with connected(juliet) as stream:
                with pytest.raises(ForbiddenError):
                    async with stream.rooms.occupancy(JID(hers.room), "juliet", hers):
                        pytest.fail("she is in again")
        with pytest.raises(NotFoundError):
            await read(juliet, room)
