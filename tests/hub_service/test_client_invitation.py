"""Whoever follows a link may come with an XMPP client instead of a lab: the page has what that client needs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.hub_service.client import Client
from tests.hub_service.world import ADDRESSES, World
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS, ROOMS_WRITE
from xmpp_bridge.rooms.identifiers import RoomId


async def linked(client: Client, world: World) -> tuple[RoomId, str]:
    """A room of Romeo's, and the page of a link into it."""
    room = (await world.document("romeo")).document.room_id
    await world.somebody("tybalt")
    client.auth.tokens |= {"romeo": (ROOMS_WRITE,), "tybalt": (ROOMS_WRITE, APP_PASSWORDS)}
    body = json.dumps({"role": "viewer"}).encode()
    made = json.loads((await client.call("POST", f"api/rooms/{room}/links", "romeo", body)).body)
    return room, "join/" + made["url"].rpartition("/")[2]


async def test_a_link_leads_to_the_room_in_an_xmpp_client(client: Client, world: World) -> None:
    room, page = await linked(client, world)
    assert "Join with an XMPP client" in (await client.call("GET", page, "tybalt")).body.decode()
    answer = await client.call("POST", page, "tybalt", b"where=client")
    assert (answer.code, answer.headers["Location"]) == (303, f"../app-passwords?room={room}")
    shown = (await client.call("GET", f"app-passwords?room={room}", "tybalt")).body.decode()
    (section,) = re.findall(r'aria-labelledby="opened">.*?</section>', shown, re.DOTALL)
    assert f'href="xmpp:{ADDRESSES.chat(room)}?join"' in section
    assert "<svg" in section


async def test_whoever_makes_no_app_passwords_is_offered_their_lab_alone(
    client: Client, world: World
) -> None:
    _room, page = await linked(client, world)
    client.auth.tokens["tybalt"] = (ROOMS_WRITE,)
    shown = (await client.call("GET", page, "tybalt")).body.decode()
    assert "Join and open my lab" in shown
    assert "XMPP client" not in shown


async def test_a_room_of_others_is_not_shown(client: Client, world: World) -> None:
    room, _page = await linked(client, world)
    for named in (room, "0" * 32, "<script>"):
        shown = (await client.call("GET", f"app-passwords?room={named}", "tybalt")).body.decode()
        assert 'aria-labelledby="opened"' not in shown


@pytest.mark.parametrize("name", ["Converse.js", "poezio", "profanity", "go-sendxmpp"])
async def test_the_page_names_the_clients_that_our_tests_drive(
    client: Client, world: World, name: str
) -> None:
    await linked(client, world)
    page = (await client.call("GET", "app-passwords", "tybalt")).body.decode()
    assert f">{name}</a>" in page
    module = name.partition(".")[0].lower().replace("-", "_")
    assert (Path(__file__).parents[1] / "e2e" / "clients" / f"{module}.py").exists()
