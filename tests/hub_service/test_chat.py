"""What was said in a room, for those who are members now."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.hub_service.client import Client
from tests.hub_service.fake_hub import NOON
from tests.hub_service.world import ADDRESSES, DOMAIN, World
from xmpp_bridge.accounts.lease_store import Lease
from xmpp_bridge.archive.store import Entry
from xmpp_bridge.chat.message import ChatMessage, OriginId, StanzaId
from xmpp_bridge.hub_service.scopes import ROOMS_WRITE
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role

ROMEO = f"romeo@{DOMAIN}"


@pytest.fixture
async def orchard(world: World, client: Client) -> RoomId:
    """Romeo's room, in which Juliet has said three things to him and the nurse is nobody."""
    client.auth.tokens |= {"romeo": (), "juliet": (), "nurse": ()}
    romeo, juliet, _ = [await world.somebody(name) for name in ("romeo", "juliet", "nurse")]
    room = (await world.sharing.create_room(romeo, "Orchard")).room.id
    await world.sharing.set_member(romeo, room, "juliet", Role.VIEWER)
    await world.archive.append(
        [
            Entry(
                room,
                StanzaId(str(number)),
                f"juliet@{DOMAIN}",
                juliet.id,
                NOON,
                OriginId(f"o{number}"),
                ChatMessage(f"line {number}", mentions=(ROMEO,)),
            )
            for number in (1, 2, 3)
        ]
    )
    return room


async def ask(client: Client, path: str, token: str = "romeo") -> Any:
    response = await client.call("GET", path, token)
    assert response.code == 200, response.body
    return json.loads(response.body)


async def test_a_member_reads_what_was_said(client: Client, orchard: RoomId) -> None:
    page = await ask(client, f"api/rooms/{orchard}/messages?limit=2")
    assert [message["body"] for message in page["messages"]] == ["line 2", "line 3"]
    assert (page["first"], page["last"]) == (False, True)
    sender = {
        "username": "juliet",
        "display_name": "Juliet",
        "jid": f"juliet@{DOMAIN}",
        "me": False,
    }
    assert page["messages"][0]["sender"] == sender
    older = await ask(client, f"api/rooms/{orchard}/messages?before=2")
    assert [message["id"] for message in older["messages"]] == ["1"]
    newer = await ask(client, f"api/rooms/{orchard}/messages?after=2", "juliet")
    assert newer["messages"][0]["sender"]["me"]
    assert newer["messages"][0]["client_id"] == "o3"
    assert (await ask(client, f"api/rooms/{orchard}/messages?around=2"))["first"]
    assert (await ask(client, f"api/rooms/{orchard}/messages/2"))["body"] == "line 2"


async def test_what_is_unread_is_told_until_it_is_read(client: Client, orchard: RoomId) -> None:
    (room,) = (await ask(client, "api/chat/rooms"))["rooms"]
    assert (room["unread"], room["mentions"], room["read"]) == (3, 3, None)
    assert room["notify"] == "mentions"
    assert room["jid"] == str(ADDRESSES.chat(orchard))
    response = await client.call(
        "PUT", f"api/rooms/{orchard}/mark", "romeo", json.dumps({"read": "2"}).encode()
    )
    assert json.loads(response.body) == {
        "read": "2",
        "unread": 1,
        "mentions": 1,
        "notify": "mentions",
    }
    await client.call("PUT", f"api/rooms/{orchard}/mark", "romeo", b'{"notify": "none"}')
    (room,) = (await ask(client, "api/chat/rooms"))["rooms"]
    assert (room["unread"], room["notify"]) == (1, "none")


@pytest.mark.parametrize("path", ["messages", "messages/1"])
async def test_for_others_the_room_does_not_exist(
    client: Client, orchard: RoomId, path: str
) -> None:
    refusal = await client.condition("GET", f"api/rooms/{orchard}/{path}", "nurse")
    assert refusal == (404, "item-not-found")
    refusal = await client.condition("PUT", f"api/rooms/{orchard}/mark", "nurse", b"{}")
    assert refusal == (404, "item-not-found")


async def test_whoever_is_taken_out_reads_nothing_more(
    client: Client, world: World, orchard: RoomId
) -> None:
    romeo = await world.somebody("romeo")
    await world.sharing.remove_member(romeo, orchard, "juliet")
    refusal = await client.condition("GET", f"api/rooms/{orchard}/messages", "juliet")
    assert refusal == (404, "item-not-found")
    _, affiliations = world.ejabberd.made[orchard, ADDRESSES.rooms]
    assert affiliations == {ROMEO: "member", f"juliet@{DOMAIN}": "none"}


@pytest.mark.parametrize(
    "query", ["before=x", "limit=0", "limit=9999", "before=1&after=2", "around=-1"]
)
async def test_bad_pages_are_refused(client: Client, orchard: RoomId, query: str) -> None:
    refusal = await client.condition("GET", f"api/rooms/{orchard}/messages?{query}", "romeo")
    assert refusal == (400, "bad-request")


async def test_a_chat_comes_and_goes_with_its_room(
    client: Client, world: World, orchard: RoomId
) -> None:
    options, affiliations = world.ejabberd.made[orchard, ADDRESSES.rooms]
    assert (options["members_only"], options["mam"]) == ("true", "true")
    assert affiliations == {ROMEO: "member", f"juliet@{DOMAIN}": "member"}
    assert world.chat_rooms.kept == {orchard}
    await world.sharing.delete_room(await world.somebody("romeo"), orchard)
    assert (orchard, ADDRESSES.rooms) not in world.ejabberd.made
    assert world.chat_rooms.kept == set()


async def test_whoever_has_other_rooms_now_is_told_at_once(
    client: Client, world: World, orchard: RoomId
) -> None:
    juliet = await world.somebody("juliet")
    await world.leases.grant(Lease(juliet.id, "jupyter", "token", "", NOON + timedelta(minutes=15)))
    world.voice.passed_on.clear()
    await world.sharing.remove_member(await world.somebody("romeo"), orchard, "juliet")
    assert world.voice.passed_on == [
        (f"juliet@{DOMAIN}/jupyter", "{urn:xmpp-bridge:chat:0}rooms"),
        (f"juliet@{DOMAIN}/jupyter", "{urn:ydoc:0}changed"),
    ]


async def test_an_owner_takes_back_what_others_say(client: Client, orchard: RoomId) -> None:
    path = f"api/rooms/{orchard}/messages/2"
    client.auth.tokens |= {"romeo": (ROOMS_WRITE,), "juliet": (ROOMS_WRITE,)}
    assert await client.condition("DELETE", path, "juliet") == (403, "forbidden")
    response = await client.call("DELETE", f"{path}?reason=off%20topic", "romeo")
    message = json.loads(response.body)
    assert message["retracted"] == {"by": "Romeo", "reason": "off topic"}
    assert message["body"] == ""
    assert (await ask(client, path, "juliet"))["retracted"]["reason"] == "off topic"
    again = await client.call("DELETE", f"{path}?reason=other", "romeo")
    assert json.loads(again.body)["retracted"]["reason"] == "off topic"
    missing = f"api/rooms/{orchard}/messages/99"
    assert await client.condition("DELETE", missing, "romeo") == (404, "item-not-found")
    long = f"{path}?reason={'x' * 501}"
    assert await client.condition("DELETE", long, "romeo") == (400, "bad-request")
