"""What other clients of an account find there: how far was read (XEP-0490), and which rooms there are (0402, 0048)."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import pytest_asyncio
from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.e2e.chat_tab import ChatTab, chat_tab
from tests.e2e.people import PATIENCE, Actor, connected
from tests.e2e.servers import DOMAIN, Hub, HubSettings, running_hub
from tests.e2e.stage import until
from xmpp_bridge.chat.bookmarks import NATIVE, Bookmark, read_conference
from xmpp_bridge.chat.message import StanzaId
from xmpp_bridge.chat.read_marks import DISPLAYED, mark_to_xml

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub() -> AsyncIterator[Hub]:
    # The phones here have no lease: the sweeper would end them.
    async with running_hub(HubSettings(service={"reconcile_seconds": 3600})) as hub:
        yield hub


READY = "urn:example:ready"
"""A node of the phone's own, which nobody else looks at."""


class Phone:
    """A client which knows the marks by slixmpp's own XEP-0490."""

    def __init__(self, stream: ClientXMPP) -> None:
        self._stream = stream
        self._marks: dict[str, str] = {}
        self._news = asyncio.Event()
        stream.add_event_handler("message_displayed_synchronization_publish", self._hear)

    async def listening(self) -> None:
        """Return once ejabberd knows what this client wants to hear of (XEP-0115): until then it tells nothing."""
        heard = asyncio.Event()
        events = "{jabber:client}message/{http://jabber.org/protocol/pubsub#event}event"

        def hear(message: Any) -> None:
            if any(each.get("node") == READY for each in message.xml.iterfind(".//{*}items")):
                heard.set()

        self._stream.register_handler(Callback("ready", MatchXPath(events), hear))
        payload = ET.Element(f"{{{READY}}}ready")

        async def told() -> bool:
            await self._stream.plugin["xep_0060"].publish(None, READY, payload=payload)  # type: ignore[no-untyped-call]
            return heard.is_set()

        await until(told, "the phone is told of what is published")

    @property
    def owner(self) -> str:
        return str(self._stream.boundjid.bare)

    async def look(self, at: str | None = None) -> dict[str, str]:
        """What is on somebody's shelf now, by the JIDs of rooms."""
        answer = await self._stream.plugin["xep_0060"].get_items(at or self.owner, DISPLAYED)  # type: ignore[no-untyped-call]
        return _marks(answer.xml)

    async def read(self, room: str, stanza_id: str) -> None:
        """COMPAT(ejabberd 23.01): by hand, since it refuses the options that slixmpp sends."""
        payload = mark_to_xml(room, StanzaId(stanza_id))
        await self._stream.plugin["xep_0060"].publish(None, DISPLAYED, id=room, payload=payload)  # type: ignore[no-untyped-call]

    async def hears(self, room: str, stanza_id: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while self._marks.get(room) != stanza_id:
                self._news.clear()
                await self._news.wait()

    def _hear(self, message: Any) -> None:
        self._marks |= _marks(message.xml)
        self._news.set()


def _marks(stanza: ET.Element) -> dict[str, str]:
    """COMPAT(slixmpp 1.17): walking through its items by its own interface does not end."""
    return {
        str(item.get("id")): str(named.get("id"))
        for item in stanza.iterfind(".//{*}item")
        for named in item.iterfind(".//{urn:xmpp:sid:0}stanza-id")
    }


@asynccontextmanager
async def phone_of(actor: Actor) -> AsyncIterator[Phone]:
    async with connected(actor, "phone") as stream:
        stream.register_plugin("xep_0490")
        stream.register_plugin("xep_0115")
        phone = Phone(stream)
        stream.plugin["xep_0030"].add_feature(f"{READY}+notify")
        stream.send_presence()
        await stream.plugin["xep_0115"].update_caps()
        await phone.listening()
        yield phone


async def unread(tab: ChatTab, room: str, count: int) -> None:
    await tab.sees(
        lambda frame: frame["kind"] == "read" and frame["room"] == room and frame["unread"] == count
    )


async def test_what_is_read_here_is_read_there(hub: Hub, record_property: Any) -> None:
    alice = Actor(hub, await hub.start_server("alice"))
    bob = Actor(hub, await hub.start_server("bob"))
    room = str((await alice.service.create_room("Orchard"))["id"])
    await alice.service.set_member(room, "bob", "editor")
    (jid,) = [each["jid"] for each in await alice.service.chat_rooms() if each["id"] == room]
    async with chat_tab(alice.server.rest) as hers, chat_tab(bob.server.rest) as his:
        await hers.in_room(room, "alice", "bob")
        await his.in_room(room, "alice", "bob")
        await his.ask("post", room=room, client_id="c1", body="Read in the lab")
        first = await hers.delivered("Read in the lab")
        await unread(hers, room, 1)
        async with phone_of(alice) as phone:
            await hers.remark("displayed", room=room, id=first["id"])
            await phone.hears(jid, first["id"])
            await his.ask("post", room=room, client_id="c2", body="Read on the phone")
            second = await hers.delivered("Read on the phone")
            await unread(hers, room, 1)
            hers.frames.clear()
            await phone.read(jid, second["id"])
            await unread(hers, room, 0)
            # A mark beyond everything that was said hides nothing which is said later.
            await phone.read(jid, str(2**53 - 1))
            hers.frames.clear()
            await his.ask("post", room=room, client_id="c3", body="Still unread")
            await unread(hers, room, 1)
    async with phone_of(alice) as phone, phone_of(bob) as stranger:
        assert (await phone.look())[jid] == str(2**53 - 1)
        with pytest.raises(IqError) as refused:
            await stranger.look(at=phone.owner)
        assert refused.value.condition in ("not-allowed", "item-not-found")
    record_property("figure", "lab to phone and phone to lab, nobody else's business")


async def bookmarked(stream: ClientXMPP) -> dict[str, Bookmark]:
    """The rooms that a client of today finds. COMPAT(slixmpp 1.17): walking through items does not end."""
    answer = await stream.plugin["xep_0060"].get_items(None, NATIVE)  # type: ignore[no-untyped-call]
    found = map(read_conference, answer.xml.iterfind(".//{*}item"))
    return {each.room: each for each in found}


async def stored(stream: ClientXMPP) -> dict[str, Bookmark]:
    """Those that an older client finds, by slixmpp's own XEP-0048."""
    answer = await stream.plugin["xep_0048"].get_bookmarks()  # type: ignore[no-untyped-call]
    return {
        str(each["jid"]): Bookmark(
            str(each["jid"]), str(each["name"]), str(each["nick"]), bool(each["autojoin"])
        )
        for each in answer["private"]["bookmarks"]["conferences"]
    }


async def test_another_client_finds_the_rooms_by_itself(hub: Hub, record_property: Any) -> None:
    romeo = Actor(hub, await hub.start_server("romeo"))
    juliet = Actor(hub, await hub.start_server("juliet"))

    async def invited(name: str) -> Bookmark:
        room = await romeo.service.create_room(name)
        await romeo.service.set_member(room["id"], "juliet", "viewer")
        return Bookmark(f"{room['id']}@rooms.{DOMAIN}", name, "juliet")

    async with connected(juliet, "phone") as stream:
        stream.register_plugin("xep_0060")
        stream.register_plugin("xep_0048")

        async def finds(look: Callable[..., Awaitable[Any]], *bookmarks: Bookmark) -> None:
            async def found() -> bool:
                with suppress(IqError):  # before the first one there is no such node
                    return bool(await look(stream) == {each.room: each for each in bookmarks})
                return False

            await until(found, f"the phone finds {len(bookmarks)} rooms")

        balcony, tomb = await invited("Balcony"), await invited("Tomb")
        await finds(bookmarked, balcony, tomb)
        await finds(stored, balcony, tomb)
        await romeo.service.remove_member(tomb.room.partition("@")[0], "juliet")
        await finds(bookmarked, balcony)
        await finds(stored, balcony)
        await stream.plugin["xep_0060"].retract(None, NATIVE, balcony.room)  # type: ignore[no-untyped-call]
        cell = await invited("Cell")
        await finds(bookmarked, cell)
        await finds(stored, balcony, cell)
    record_property("figure", "new, left, and taken out by their owner, in both kinds of bookmarks")


@pytest.mark.accept
async def test_whoever_is_let_into_a_room_is_invited_on_their_phone(
    hub: Hub, record_property: Any
) -> None:
    mercutio = Actor(hub, await hub.start_server("mercutio"))
    carol = Actor(hub, await hub.start_server("carol"))
    async with connected(carol, "phone") as stream:
        invited_to: list[str] = []
        stream.register_handler(
            Callback(
                "invitations",
                MatchXPath("{jabber:client}message/{jabber:x:conference}x"),
                lambda message: invited_to.extend(
                    str(each.get("jid")) for each in message.xml.iterfind("{jabber:x:conference}x")
                ),
            )
        )
        stream.send_presence()
        room = await mercutio.service.create_room("Churchyard")
        await mercutio.service.set_member(room["id"], "carol", "viewer")

        async def told() -> bool:
            return invited_to == [f"{room['id']}@rooms.{DOMAIN}"]

        await until(told, "the phone is invited")
    record_property("figure", "once, by XEP-0249")
