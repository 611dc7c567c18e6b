"""Files in rooms: whole or not at all, for members only, and harmless in a browser."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from tests.hub_service.client import PREFIX, Client
from tests.hub_service.world import World
from xmpp_bridge.hub_service.scopes import ROOMS_WRITE
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.uploads.folder import LEFTOVER_AFTER
from xmpp_bridge.uploads.headers import headers_of

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1000


@pytest.fixture
async def orchard(world: World, client: Client) -> RoomId:
    client.auth.tokens |= dict.fromkeys(("romeo", "juliet", "nurse"), (ROOMS_WRITE,))
    romeo, *_ = [await world.somebody(name) for name in ("romeo", "juliet", "nurse")]
    room = (await world.sharing.create_room(romeo, "Orchard")).room.id
    await world.sharing.set_member(romeo, room, "juliet", Role.VIEWER)
    return room


async def put(
    client: Client,
    room: RoomId,
    body: bytes = PICTURE,
    *,
    token: str = "romeo",
    name: str = "moon.png",
    kind: str = "image/png",
) -> HTTPResponse:
    request = HTTPRequest(
        f"{client.url}api/rooms/{room}/uploads?{urlencode({'name': name})}",
        method="POST",
        body=body,
        headers={"Authorization": f"token {token}", "Content-Type": kind},
    )
    return await AsyncHTTPClient().fetch(request, raise_error=False)


def where(response: HTTPResponse) -> str:
    assert response.code == 201, response.body
    return str(json.loads(response.body)["url"]).removeprefix(PREFIX)


def files_in(world: World, tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()]


async def test_a_member_reads_what_another_put_there(client: Client, orchard: RoomId) -> None:
    answer = await put(client, orchard, name="moon & stars/π.png")
    upload = json.loads(answer.body)
    assert (upload["name"], upload["size"]) == ("moon & stars/π.png", len(PICTURE))
    read = await client.call("GET", where(answer), "juliet")
    assert (read.code, read.body) == (200, PICTURE)
    assert read.headers["Content-Type"] == "image/png"
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert read.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_for_all_others_it_does_not_exist(
    world: World, client: Client, orchard: RoomId
) -> None:
    path = where(await put(client, orchard))
    assert await client.condition("GET", path, "nurse") == (404, "item-not-found")
    assert (await put(client, orchard, token="nurse")).code == 404
    romeo = await world.somebody("romeo")
    cell = (await world.sharing.create_room(romeo, "Cell")).room.id
    elsewhere = path.replace(orchard, cell)
    assert await client.condition("GET", elsewhere, "romeo") == (404, "item-not-found")
    await world.sharing.remove_member(romeo, orchard, "juliet")
    assert await client.condition("GET", path, "juliet") == (404, "item-not-found")
    assert await client.condition("GET", path.replace(path.split("/")[4], ".." * 16), "romeo") == (
        404,
        "item-not-found",
    )


async def test_a_browser_without_a_login_is_sent_to_the_hub(
    client: Client, orchard: RoomId
) -> None:
    path = where(await put(client, orchard))
    response = await client.call("GET", path)
    assert response.code == 302
    assert "/hub/api/oauth2/authorize" in response.headers["Location"]
    assert (await client.call("GET", path, "stranger")).code == 401


async def test_what_is_too_much_is_refused_before_it_is_read(
    world: World, client: Client, orchard: RoomId, tmp_path: Path
) -> None:
    large = await put(client, orchard, b"x" * 1_000_001)
    assert (large.code, json.loads(large.body)["condition"]) == (413, "resource-constraint")
    for _ in range(2):
        assert (await put(client, orchard, b"x" * 900_000)).code == 201
    full = await put(client, orchard, b"x" * 900_000)
    assert "no space left" in json.loads(full.body)["reason"]
    assert (await put(client, orchard, b"")).code == 400
    assert (await put(client, orchard, name="")).code == 400
    assert len(files_in(world, tmp_path)) == 2


async def test_a_full_disk_is_said_and_leaves_nothing(
    world: World,
    client: Client,
    orchard: RoomId,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xmpp_bridge.uploads.folder.os.fsync", refuse)
    answer = await put(client, orchard)
    assert (answer.code, json.loads(answer.body)["condition"]) == (503, "service-unavailable")
    assert files_in(world, tmp_path) == []


async def test_what_was_never_acknowledged_is_removed(
    world: World, client: Client, orchard: RoomId, tmp_path: Path
) -> None:
    path = where(await put(client, orchard))
    leftover = world.uploads.receive()
    leftover.write(b"half of a file")
    await leftover.finish()
    world.clock += timedelta(days=365 * 50)  # The disk's own time is now.
    assert await world.uploads.remove_leftovers() == 1
    assert (await client.call("GET", path, "romeo")).body == PICTURE
    assert len(files_in(world, tmp_path)) == 1
    assert timedelta(hours=1) <= LEFTOVER_AFTER


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/pdf", "nonsense"])
def test_only_pictures_are_shown(kind: str) -> None:
    headers = headers_of('a"b\r\nc.html', kind)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith('attachment; filename="a_b__c.html"')
    assert "\n" not in headers["Content-Disposition"]
