"""Files of XMPP clients: put once, by whoever announced them, and read where they say where the file is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from tests.hub_service.client import Client
from tests.hub_service.world import World, condition_of
from xmpp_bridge.chat.message import Attachment, ChatMessage, Retraction, StanzaId
from xmpp_bridge.hub_service.scopes import ROOMS_WRITE
from xmpp_bridge.hub_service.slots import MOST_OPEN
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.uploads.folder import LEFTOVER_AFTER
from xmpp_bridge.uploads.slot import LIFETIME, Announcement
from xmpp_bridge.xmpp.errors import BridgeError

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1000
MOON = Announcement("moon.png", len(PICTURE), "image/png")


class Orchard:
    """A room of romeo and juliet, and what romeo's client has been offered."""

    def __init__(self, world: World, client: Client, room: RoomId) -> None:
        self.world = world
        self.client = client
        self.room = room

    async def offer(self, file: Announcement = MOON, who: str = "romeo") -> tuple[str, str]:
        """The path of a slot, and its token."""
        slot, token = await self.world.slots.offer(await self.world.somebody(who), file)
        return f"api/uploads/{slot.id}/{file.name}", str(token)

    async def put(self, path: str, token: str, body: bytes = PICTURE) -> HTTPResponse:
        request = HTTPRequest(
            self.client.url + path,
            method="PUT",
            body=body,
            headers={"Authorization": f"Bearer {token}"},
        )
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    async def filled(self) -> str:
        path, token = await self.offer()
        assert (await self.put(path, token)).code == 201
        return path

    async def say(self, who: str, room: RoomId, path: str) -> StanzaId:
        url = f"https://hub.example/services/xmpp-bridge/{path}"
        files = (Attachment(url, "moon.png", len(PICTURE), "image/png"),)
        return await self.world.chat_rooms.hear(room, who, ChatMessage(url, attachments=files))

    async def reads(self, who: str, path: str) -> int:
        return (await self.client.call("GET", path, who)).code


@pytest.fixture
async def orchard(world: World, client: Client) -> Orchard:
    names = ("romeo", "juliet", "nurse")
    client.auth.tokens |= dict.fromkeys(names, (ROOMS_WRITE,))
    romeo, *_ = [await world.somebody(name) for name in names]
    room = (await world.sharing.create_room(romeo, "Orchard")).room.id
    await world.sharing.set_member(romeo, room, "juliet", Role.VIEWER)
    return Orchard(world, client, room)


async def test_it_is_its_owners_until_they_say_in_a_room_where_it_is(orchard: Orchard) -> None:
    path = await orchard.filled()
    read = await orchard.client.call("GET", path, "romeo")
    assert (read.code, read.body) == (200, PICTURE)
    assert read.headers["Content-Type"] == "image/png"
    assert read.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert await orchard.reads("juliet", path) == 404
    said = await orchard.say("romeo", orchard.room, path)
    assert [await orchard.reads(name, path) for name in ("juliet", "nurse")] == [200, 404]
    await orchard.world.chat_rooms.hear(orchard.room, "romeo", Retraction(said))
    assert await orchard.reads("juliet", path) == 404


async def test_nobody_else_opens_it_by_passing_the_address_on(orchard: Orchard) -> None:
    path, world = await orchard.filled(), orchard.world
    await orchard.say("romeo", orchard.room, path)
    juliet = await world.somebody("juliet")
    balcony = (await world.sharing.create_room(juliet, "Balcony")).room.id
    await world.sharing.set_member(juliet, balcony, "nurse", Role.EDITOR)
    await orchard.say("juliet", balcony, path)
    assert [await orchard.reads(name, path) for name in ("juliet", "nurse")] == [200, 404]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "another"}, 401),
        ({"body": PICTURE[1:]}, 400),
        ({"body": PICTURE + b"!"}, 400),
        ({"path": f"api/uploads/{'0' * 32}/moon.png"}, 401),
        ({"path": "api/uploads/elsewhere/moon.png"}, 404),
    ],
    ids=["wrong token", "too short", "too long", "no slot", "no id"],
)
async def test_only_what_was_announced_is_taken(
    orchard: Orchard, change: dict[str, Any], code: int
) -> None:
    path, token = await orchard.offer()
    assert (await orchard.put(**{"path": path, "token": token, **change})).code == code
    assert await orchard.reads("romeo", path) == 404
    assert (await orchard.put(path, token)).code == 201


async def test_it_takes_one_file_in_time(orchard: Orchard) -> None:
    path, token = await orchard.offer()
    assert (await orchard.put(path, token)).code == 201
    assert (await orchard.put(path, token)).code == 409
    late, token = await orchard.offer()
    orchard.world.clock += LIFETIME
    assert (await orchard.put(late, token)).code == 404
    orchard.world.clock += LEFTOVER_AFTER + timedelta(seconds=1)
    assert await orchard.world.slot_store.remove_expired() == 1
    assert await orchard.reads("romeo", path) == 200


async def test_nobody_takes_all_the_space(orchard: Orchard) -> None:
    large = Announcement("large", 1_000_001, "text/plain")
    with pytest.raises(BridgeError) as refused:
        await orchard.offer(large)
    assert condition_of(refused.value) == "resource-constraint"
    half = Announcement("half", 999_999, "text/plain")
    await orchard.offer(half)
    await orchard.offer(half)
    with pytest.raises(BridgeError) as refused:
        await orchard.offer(half)
    assert condition_of(refused.value) == "service-unavailable"
    for _ in range(MOST_OPEN):
        await orchard.offer(Announcement("small", 1, "text/plain"), "juliet")
    with pytest.raises(BridgeError) as refused:
        await orchard.offer(Announcement("small", 1, "text/plain"), "juliet")
    assert condition_of(refused.value) == "service-unavailable"


async def test_web_clients_may_put_from_any_origin_and_read_from_none(orchard: Orchard) -> None:
    path, token = await orchard.offer()
    request = HTTPRequest(orchard.client.url + path, method="OPTIONS")
    asked = await AsyncHTTPClient().fetch(request)
    assert (asked.code, asked.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert (await orchard.put(path, token)).headers["Access-Control-Allow-Origin"] == "*"
    read = await orchard.client.call("GET", path, "romeo")
    assert "Access-Control-Allow-Origin" not in read.headers
