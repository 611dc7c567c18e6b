"""The pages of rooms, in any browser: every power of the REST API by forms, and not one more."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from tests.hub_service.client import Client
from tests.hub_service.world import World
from xmpp_bridge.hub_service.scopes import ROOMS_WRITE
from xmpp_bridge.rooms.identifiers import RoomId

PEOPLE = ("romeo", "juliet", "tybalt")
DEEDS_OF_OWNERS = (
    *("member", "group", "ban", "owner", "heir", "bind", "unbind"),
    *("link", "leavers", "lock", "take-out", "rename", "close"),
)


@pytest.fixture(autouse=True)
def tokens(client: Client) -> None:
    client.auth.tokens |= dict.fromkeys(PEOPLE, (ROOMS_WRITE,))


@pytest.fixture
async def orchard(world: World) -> RoomId:
    await world.somebody("tybalt")
    return (await world.document("romeo", juliet="editor")).document.room_id


async def see(client: Client, path: str, token: str = "romeo") -> tuple[int, str]:
    response = await client.call("GET", path, token)
    return response.code, unescape(response.body.decode())


async def do(
    client: Client, path: str, token: str = "romeo", **fields: str
) -> tuple[int, str, str]:
    response = await client.call("POST", path, token, urlencode(fields).encode())
    said = re.search(r'role="status">(.*?)</div>', response.body.decode(), re.DOTALL)
    text = "" if said is None else unescape(re.sub("<[^>]*>", "", said[1])).strip()
    return response.code, text, response.headers.get("Location", "")


async def test_the_service_begins_with_ones_rooms(client: Client) -> None:
    response = await client.call("GET", "", "romeo")
    assert response.headers["Location"] == "/services/xmpp-bridge/rooms"


async def test_one_sees_ones_rooms_and_makes_one(client: Client, orchard: RoomId) -> None:
    code, page = await see(client, "rooms")
    assert code == 200
    assert f"rooms/{orchard}" in page
    assert "All rooms" not in page
    code, _, where = await do(client, "rooms", name="Balcony")
    assert code == 303
    assert "Balcony" in (await see(client, "rooms"))[1]
    assert (await see(client, where.removeprefix("/services/xmpp-bridge/")))[0] == 200


async def test_an_owner_does_all_by_forms(client: Client, orchard: RoomId, world: World) -> None:
    path = f"rooms/{orchard}"
    code, page = await see(client, path)
    assert (code, "Juliet" in page, "by name (editor)" in page) == (200, True, True)

    assert (await do(client, path, do="member", who="tybalt", role="viewer"))[1].startswith(
        "tybalt is viewer now."
    )
    muted = await do(client, path, do="mute", who="tybalt", reason="brawls", minutes="60")
    assert muted[:2] == (200, "tybalt is muted.")
    assert "muted: brawls" in re.sub("<[^>]*>", "", (await see(client, path))[1])
    assert (await do(client, path, do="unmute", who="tybalt"))[0] == 200
    assert (await do(client, path, do="ban", who="tybalt", minutes=""))[1] == "tybalt is banned."
    assert (await see(client, path, "tybalt"))[0] == 404
    assert (await do(client, path, do="unban", who="tybalt"))[0] == 200

    made = await do(client, path, do="link", role="viewer", minutes="60", uses="3", label="masque")
    assert made[0] == 200
    code, page = await see(client, path)
    link = re.search(r"<code>(\S+/join/\S+)</code>", page)
    assert link is not None
    assert link[1].startswith("http://127.0.0.1")
    number = re.search(r'name="link" value="([^"]+)"', page)
    assert number is not None
    gone = await do(client, path, do="revoke", link=number[1], people="remove")
    assert gone[:2] == (200, "The link leads nowhere any more.")

    for files, said in (("remove", "put aside"), ("keep", "keeps their files")):
        assert said in (await do(client, path, do="leavers", files=files))[1]
        assert f'value="{files}" selected' in (await see(client, path))[1]
    assert (await do(client, path, do="leavers", files="burn"))[0] == 400

    document = (await world.rooms.documents_of_room(orchard))[0].id
    assert "Locked" in (await do(client, path, do="lock", document=document))[1]
    assert "locked by" in (await see(client, path, "juliet"))[1]
    assert (await do(client, path, do="unlock", document=document))[0] == 200
    assert (await do(client, path, do="heir", who="juliet"))[1].startswith("juliet will own")
    assert 'value="juliet" selected' in (await see(client, path))[1]
    assert (await do(client, path, do="heir", who=""))[1].startswith("An admin of the hub")
    assert (await do(client, path, do="bind", server=""))[0] == 200
    assert "shares the server “default”" in re.sub("<[^>]*>", "", (await see(client, path))[1])
    assert (await do(client, path, do="unbind"))[0] == 200
    assert (await do(client, path, do="take-out", document=document))[0] == 200
    assert await world.rooms.documents_of_room(orchard) == []
    assert (await do(client, path, do="rename", name="Garden"))[0] == 200
    assert "Garden" in (await see(client, path, "juliet"))[1]
    assert (await do(client, path, do="remove", who="juliet"))[1] == "juliet is out."
    assert (await do(client, path, do="close"))[0] == 400
    assert (await do(client, path, do="close", sure="yes"))[0] == 303
    assert (await see(client, path))[0] == 404


async def test_who_is_no_owner_is_offered_nothing_and_refused_all(
    client: Client, orchard: RoomId, world: World
) -> None:
    path = f"rooms/{orchard}"
    document = (await world.rooms.documents_of_room(orchard))[0].id
    _, page = await see(client, path, "juliet")
    assert set(re.findall(r'name="do" value="([\w-]+)"', page)) == {"leave"}
    for deed in DEEDS_OF_OWNERS:
        fields = {"who": "romeo", "role": "viewer", "name": "x", "group": "g", "sure": "yes"}
        fields |= {"files": "remove", "document": document}
        assert (await do(client, path, "juliet", do=deed, **fields))[0] in {403, 404}, deed
        assert (await do(client, path, "tybalt", do=deed, **fields))[0] == 404, deed
    assert (await do(client, path, "juliet", do="shout"))[0] == 400
    assert (await do(client, path, "juliet", do="leave"))[0] == 303
    assert (await see(client, path, "juliet"))[0] == 404


async def test_what_people_write_is_no_markup(client: Client, orchard: RoomId) -> None:
    name = "<script>alert(1)</script>"
    await do(client, f"rooms/{orchard}", do="rename", name=name)
    response = await client.call("GET", f"rooms/{orchard}", "romeo")
    assert b"<script" not in response.body
    assert "script" not in response.headers["Content-Security-Policy"]


async def test_admins_find_take_over_and_close_and_nobody_else_does(
    client: Client, orchard: RoomId
) -> None:
    assert (await see(client, "admin"))[0] == 403
    assert (await do(client, "admin", do="close", room=orchard, sure="yes"))[0] == 403
    client.auth.admins.add("tybalt")
    assert "All rooms" in (await see(client, "rooms", "tybalt"))[1]
    code, page = await see(client, f"admin?q={orchard}", "tybalt")
    assert (code, "owned by romeo" in page) == (200, True)
    assert (await do(client, "admin", "tybalt", do="owner", room=orchard))[1].startswith("tybalt")
    assert (await see(client, f"rooms/{orchard}", "tybalt"))[0] == 200
    assert (await do(client, "admin", "tybalt", do="quotas", rooms_per_person="1"))[0] == 200
    code, said, _ = await do(client, "rooms", name="One too many")
    assert (code, said.startswith("Not done:")) == (409, True)
    assert (await do(client, "admin", "tybalt", do="close", room=orchard))[0] == 400
    assert (await do(client, "admin", "tybalt", do="close", room=orchard, sure="yes"))[0] == 200
    assert (await see(client, f"rooms/{orchard}", "tybalt"))[0] == 404
