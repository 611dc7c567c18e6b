"""Two people have one room, both or neither of them; strangers have none."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.hub_service.client import Client
from tests.hub_service.world import World
from xmpp_bridge.hub_service.scopes import ROOMS_WRITE
from xmpp_bridge.rooms.membership import Role


@pytest.fixture(autouse=True)
async def orchard(world: World, client: Client) -> None:
    client.auth.tokens |= dict.fromkeys(("romeo", "juliet", "nurse"), (ROOMS_WRITE,))
    romeo, *_ = [await world.somebody(name) for name in ("romeo", "juliet", "nurse")]
    room = (await world.sharing.create_room(romeo, "Orchard")).room.id
    await world.sharing.set_member(romeo, room, "juliet", Role.VIEWER)


async def open_direct(client: Client, asker: str, other: str) -> tuple[int, str]:
    body = json.dumps({"hub_user": other}).encode()
    response = await client.call("POST", "api/chat/direct", asker, body)
    return response.code, json.loads(response.body).get("room", "")


async def test_both_are_in_it_whoever_asks(world: World, client: Client) -> None:
    code, room = await open_direct(client, "romeo", "juliet")
    assert code == 201
    assert await open_direct(client, "juliet", "romeo") == (200, room)
    assert room in world.chat_rooms.kept
    listed = json.loads((await client.call("GET", "api/chat/rooms", "juliet")).body)["rooms"]
    (theirs,) = [each for each in listed if each["id"] == room]
    assert theirs["direct"]["hub_user"] == "romeo"
    assert theirs["role"] == "editor"
    (other,) = [each for each in listed if each["id"] != room]
    assert other["direct"] is None


async def test_asked_at_once_it_is_still_one(client: Client) -> None:
    answers = await asyncio.gather(
        *(open_direct(client, *pair) for pair in [("romeo", "juliet"), ("juliet", "romeo")] * 5)
    )
    assert len({room for _, room in answers}) == 1
    assert [code for code, _ in answers].count(201) == 1


async def test_only_with_whom_one_shares_a_room(client: Client) -> None:
    for other in ("nurse", "romeo", "nobody"):
        body = json.dumps({"hub_user": other}).encode()
        answer = await client.condition("POST", "api/chat/direct", "romeo", body=body)
        assert answer == (404, "item-not-found")


async def test_who_has_left_comes_back_when_written_to(world: World, client: Client) -> None:
    _, room = await open_direct(client, "romeo", "juliet")
    left = await client.call("DELETE", f"api/rooms/{room}/members/juliet", "juliet")
    assert left.code == 204
    assert (await client.condition("GET", f"api/rooms/{room}/messages", "juliet"))[0] == 404
    assert await open_direct(client, "romeo", "juliet") == (200, room)
    assert (await client.call("GET", f"api/rooms/{room}/messages", "juliet")).code == 200
    nurse = json.dumps({"role": "viewer"}).encode()
    refused = await client.condition("PUT", f"api/rooms/{room}/members/nurse", "romeo", body=nurse)
    assert refused == (403, "forbidden")
