"""What ejabberd itself enforces in rooms (DESIGN: viewers without a race)."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from uuid import uuid4

import pytest
from slixmpp import JID
from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from tests.ejabberd.people import Seat, Verona
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.xmpp.component import ComponentStream
from xmpp_bridge.xmpp.errors import ConflictError, ForbiddenError, NotAuthorizedError

pytestmark = pytest.mark.e2e

DOCUMENTS = "documents.montague.lit"
OPTIONS = {
    "members_only": "false",
    "moderated": "true",
    "members_by_default": "false",
    "password_protected": "true",
    "password": "wherefore",
    "anonymous": "false",
    "mam": "false",
}


@pytest.fixture
async def document(api: EjabberdApi) -> str:
    """A document room in which Romeo is an editor."""
    name = uuid4().hex
    await api.create_room(name, DOCUMENTS, OPTIONS)
    await api.set_affiliation(name, DOCUMENTS, "romeo@montague.lit", "member")
    return name


async def test_a_viewer_hears_everything_and_is_refused_by_ejabberd(
    verona: Verona, document: str
) -> None:
    room = f"{document}@{DOCUMENTS}"
    async with (
        verona.person("romeo") as romeo,
        verona.person("juliet") as juliet,
        romeo.in_room(room, "wherefore") as editor,
        juliet.in_room(room, "wherefore") as viewer,
    ):
        refused = viewer.say("Deny thy father")
        await viewer.until(lambda: bool(viewer.refused))
        editor.say("Shall I hear more?")
        await viewer.until(lambda: bool(viewer.heard))
        await editor.until(lambda: bool(editor.heard))

        assert (editor.role, viewer.role) == ("participant", "visitor")
        assert viewer.refused == [(refused, "forbidden")]
        assert editor.heard == viewer.heard == [("romeo", "Shall I hear more?")]


async def test_the_service_sees_who_is_inside_with_a_voice_or_without(
    verona: Verona, api: EjabberdApi, document: str
) -> None:
    room = f"{document}@{DOCUMENTS}"
    assert await api.occupants(document, DOCUMENTS) == frozenset()
    async with (
        verona.person("romeo") as romeo,
        verona.person("juliet") as juliet,
        romeo.in_room(room, "wherefore"),
        juliet.in_room(room, "wherefore"),
    ):
        assert await api.occupants(document, DOCUMENTS) == {
            "romeo@montague.lit",
            "juliet@montague.lit",
        }


async def test_a_change_of_affiliation_changes_the_voice_of_who_is_there(
    verona: Verona, api: EjabberdApi, document: str
) -> None:
    room = f"{document}@{DOCUMENTS}"
    async with verona.person("juliet") as juliet, juliet.in_room(room, "wherefore") as seat:
        await api.set_affiliation(document, DOCUMENTS, "juliet@montague.lit", "member")
        await seat.until(lambda: seat.role == "participant")
        seat.say("Take all myself")
        await seat.until(lambda: bool(seat.heard))

        await api.set_affiliation(document, DOCUMENTS, "juliet@montague.lit", "none")
        await seat.until(lambda: seat.role == "visitor")
        seat.say("O, be some other name!")
        await seat.until(lambda: bool(seat.refused))

        assert [text for _, text in seat.heard] == ["Take all myself"]


@pytest.mark.parametrize("password", [None, "whatsinaname"])
async def test_nobody_enters_without_the_password_not_even_a_member(
    verona: Verona, document: str, password: str | None
) -> None:
    async with verona.person("romeo") as romeo:
        with pytest.raises(NotAuthorizedError):
            async with romeo.in_room(f"{document}@{DOCUMENTS}", password):
                pass


async def test_who_was_removed_stays_out_once_the_password_is_another(
    verona: Verona, api: EjabberdApi, document: str
) -> None:
    room = f"{document}@{DOCUMENTS}"
    async with verona.person("romeo") as romeo:
        async with romeo.in_room(room, "wherefore") as seat:
            await api.change_room_option(document, DOCUMENTS, "password", "rose")
            await api.set_affiliation(document, DOCUMENTS, "romeo@montague.lit", "outcast")
            await asyncio.wait_for(seat.place.lost, 5)
        await api.set_affiliation(document, DOCUMENTS, "romeo@montague.lit", "none")

        with pytest.raises(NotAuthorizedError):
            async with romeo.in_room(room, "wherefore"):
                pass


async def test_nobody_but_the_service_creates_a_room(verona: Verona) -> None:
    async with verona.person("romeo") as romeo:
        with pytest.raises(ForbiddenError):
            async with romeo.in_room(f"{uuid4().hex}@{DOCUMENTS}"):
                pass


async def test_a_member_is_not_told_the_password(verona: Verona, document: str) -> None:
    async with verona.person("romeo") as romeo:
        query = romeo.stream.make_iq_get(ito=JID(f"{document}@{DOCUMENTS}"))
        query.append(ET.Element("{http://jabber.org/protocol/muc#owner}query"))
        with pytest.raises(IqError) as refusal:
            await query.send()  # type: ignore[no-untyped-call]

    assert refusal.value.condition == "forbidden"


async def test_the_component_speaks_for_the_service_without_joining(
    verona: Verona, document: str
) -> None:
    room = f"{document}@{DOCUMENTS}"
    async with (
        verona.person("romeo") as romeo,
        romeo.in_room(room, "wherefore") as seat,
        verona.component() as component,
    ):
        say(component, verona.settings.service_jid, room, "Come hither, nurse")
        await seat.until(lambda: bool(seat.heard))

        assert [text for _, text in seat.heard] == ["Come hither, nurse"]


@pytest.mark.parametrize("impostor", ["romeo@bridge.montague.lit", "bridge.montague.lit"])
async def test_the_component_cannot_speak_as_anybody_else(
    verona: Verona, document: str, impostor: str
) -> None:
    room = f"{document}@{DOCUMENTS}"
    async with (
        verona.person("romeo") as romeo,
        romeo.in_room(room, "wherefore") as seat,
        verona.component() as component,
    ):
        refusal = refusals(component)
        say(component, impostor, room, "I am Romeo")
        condition = await asyncio.wait_for(refusal, 5)
        seat.say("I am Romeo myself")
        await seat.until(lambda: bool(seat.heard))

        assert condition == "not-acceptable"
        assert seat.heard == [("romeo", "I am Romeo myself")]
        assert seat.role == "participant"


async def test_large_updates_pass_and_larger_ones_than_the_limit_end_the_stream(
    verona: Verona, document: str
) -> None:
    room = f"{document}@{DOCUMENTS}"
    async with verona.person("romeo") as romeo, romeo.in_room(room, "wherefore") as seat:
        seat.say("x" * 9_000_000)
        await seat.until(lambda: bool(seat.heard), seconds=30)
        seat.say("x" * 11_000_000)
        error = await asyncio.wait_for(romeo.stream.ended, 30)

        assert len(seat.heard[0][1]) == 9_000_000
        assert "policy-violation" in str(error)


def say(component: ComponentStream, sender: str, room: str, text: str) -> None:
    message = component.make_message(JID(room), mtype="groupchat", mfrom=JID(sender))
    line = ET.Element("{urn:montague:line}line")
    line.text = text
    message.append(line)
    message.send()


def refusals(component: ComponentStream) -> asyncio.Future[str]:
    """The condition of the first message that comes back to the component as an error."""
    refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def hear(message: StanzaBase) -> None:
        if message["type"] == "error" and not refused.done():
            refused.set_result(message["error"]["condition"])

    messages = MatchXPath(f"{{{component.default_ns}}}message")
    component.register_handler(Callback("refusals", messages, hear))
    return refused


async def test_what_an_absent_member_is_called_no_guest_can_be(
    verona: Verona, api: EjabberdApi
) -> None:
    chats, name, nick = "rooms.montague.lit", uuid4().hex, f"Juliet Capulet {uuid4().hex}"
    await api.create_room(name, chats, {"members_only": "true", "anonymous": "false"})
    for who in ("romeo", "juliet"):
        await api.set_affiliation(name, chats, f"{who}@montague.lit", "member")
    await api.reserve_nick(nick, "juliet@montague.lit", chats)
    await api.reserve_nick(nick, "juliet@montague.lit", chats)
    with pytest.raises(ConflictError):
        await api.reserve_nick(nick, "romeo@montague.lit", chats)

    room = JID(f"{name}@{chats}")
    async with verona.person("romeo") as romeo, verona.person("juliet") as juliet:
        with pytest.raises(ConflictError):
            async with romeo.stream.rooms.occupancy(room, nick, Seat()):
                pass
        async with juliet.stream.rooms.occupancy(room, nick, Seat()) as place:
            assert place.nick == nick
        # Nor is anybody bound to the name that is kept for them.
        async with juliet.stream.rooms.occupancy(room, "Capulet's daughter", Seat()):
            pass
