"""Sharing over HTTP: what each answer says, who is refused, and the page of a link."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.hub_service.client import Client
from tests.hub_service.world import World
from xmpp_bridge.hub_service.openapi import document
from xmpp_bridge.hub_service.scopes import ROOMS_WRITE
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.stream import Secret

pytestmark = pytest.mark.usefixtures("tokens")


@pytest.fixture
def tokens(client: Client) -> None:
    client.auth.tokens |= dict.fromkeys(("romeo", "juliet", "tybalt"), (ROOMS_WRITE,))


@pytest.fixture
async def orchard(world: World) -> RoomId:
    return (await world.document("romeo", juliet="editor")).document.room_id


async def ask(
    client: Client, method: str, path: str, token: str = "romeo", **body: Any
) -> tuple[int, Any]:
    sent = json.dumps(body).encode() if method in {"POST", "PUT"} else None
    response = await client.call(method, path, token, sent)
    return response.code, json.loads(response.body) if response.body else None


def fields_of(schema: str) -> set[str]:
    schemas = document("/services/xmpp-bridge/", "1")["components"]["schemas"]
    return set(schemas[schema]["properties"])


async def test_a_group_comes_in_as_its_properties_in_the_hub_say(
    client: Client, world: World, orchard: RoomId
) -> None:
    for name in ("romeo", "tybalt"):
        await world.somebody(name)
        world.hub.puts(name, "verona")
    group, links = f"api/rooms/{orchard}/groups/verona", f"api/rooms/{orchard}/links"
    assert (await ask(client, "PUT", group))[0] == 400  # Nothing says as what.

    world.hub.properties["verona"] = {"xmpp-bridge": {"role": "viewer", "link_minutes": 60}}
    code, defaults = await ask(client, "GET", "api/groups/verona")
    assert (code, defaults) == (200, {"name": "verona", "role": "viewer", "link_minutes": 60})
    assert set(defaults) == fields_of("GroupDefaults")
    code, access = await ask(client, "PUT", group)
    assert (code, access["groups"][0]["role"]) == (200, "viewer")
    code, link = await ask(client, "POST", links, group="verona")
    assert (code, link["role"], link["expires_at"] is None) == (201, "viewer", False)
    # What is said counts.
    code, link = await ask(
        client, "POST", links, group="verona", role="editor", expires_in_minutes=None
    )
    assert (code, link["role"], link["expires_at"]) == (201, "editor", None)
    assert (await ask(client, "POST", links))[0] == 400
    world.hub.properties["verona"] = {"xmpp-bridge": {"role": "king"}}
    assert (await ask(client, "PUT", group))[0] == 400
    assert (await ask(client, "GET", "api/groups/capulets"))[0] == 404


async def test_owners_choose_what_becomes_of_the_files_of_whoever_is_taken_out(
    client: Client, world: World, orchard: RoomId
) -> None:
    await world.somebody("tybalt")
    member, leavers = f"api/rooms/{orchard}/members/juliet", f"api/rooms/{orchard}/leavers"
    assert (await ask(client, "PUT", leavers, "juliet", files="remove"))[0] == 403
    assert (await ask(client, "PUT", leavers, files="burn"))[0] == 400
    assert (await ask(client, "PUT", leavers, files="remove"))[1]["room"][
        "leavers_files"
    ] == "remove"

    assert (await ask(client, "DELETE", member))[0] == 204
    code, found = await ask(client, "GET", "api/partings", "juliet")
    assert (code, set(found)) == (200, fields_of("Partings"))
    assert [(each["name"], each["room"]) for each in found["partings"]] == [
        ("balcony.md", "Capulet's orchard")
    ]
    assert (await ask(client, "GET", "api/partings", "tybalt"))[1] == {"partings": []}


async def test_a_link_is_made_copied_opened_and_taken_back(
    client: Client, world: World, orchard: RoomId
) -> None:
    await world.somebody("tybalt")
    path = f"api/rooms/{orchard}/links"
    code, link = await ask(client, "POST", path, role="viewer", label="For all", most_uses=3)
    assert (code, link["state"], link["uses"], link["audience"]) == (201, "open", 0, "hub")
    assert set(link) == fields_of("Link")
    where = "api/join/" + link["url"].rpartition("/")[2]

    assert (await ask(client, "GET", where, "tybalt"))[1]["joined"] is False
    code, opened = await ask(client, "POST", where, "tybalt")
    assert (code, opened["joined"], opened["by"]["hub_user"]) == (200, True, "romeo")
    assert set(opened) == fields_of("OpenLink")
    _code, access = await ask(client, "GET", f"api/rooms/{orchard}/access")
    assert set(access) == fields_of("Access")
    assert (access["links"][0]["uses"], access["links"][0]["url"]) == (1, link["url"])
    source = {"kind": "link", "role": "viewer", "id": link["id"], "name": "For all"}
    assert {p["hub_user"]: p["sources"] for p in access["people"]}["tybalt"] == [source]

    assert (await ask(client, "DELETE", f"{path}/{link['id']}?people=remove"))[0] == 204
    code, refused = await ask(client, "POST", where, "tybalt")
    assert (code, refused["condition"]) == (403, "forbidden")
    assert refused["reason"].startswith("This link was taken back")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "links", {"role": "owner"}),
        ("POST", "links", {"role": "viewer", "most_uses": 0}),
        ("POST", "links", {"role": "viewer", "most_uses": True}),
        ("POST", "links", {"role": "viewer", "expires_in_minutes": -1}),
        ("POST", "links", {"role": "viewer", "label": "a\nb"}),
        ("PUT", "bans/juliet", {"minutes": "soon"}),
        ("PUT", "mutes/juliet", {"reason": "x" * 501}),
        ("PUT", "groups/capulets", {"role": "king"}),
        ("PUT", "owner", {}),
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: Client, orchard: RoomId, method: str, path: str, body: dict[str, Any]
) -> None:
    code, answer = await ask(client, method, f"api/rooms/{orchard}/{path}", **body)
    assert (code, answer["condition"]) == (400, "bad-request")


async def test_a_lock_shows_in_the_document_with_its_reason(
    client: Client, world: World, orchard: RoomId
) -> None:
    (shared,) = await world.rooms.documents_of_room(orchard)
    path = f"api/documents/{shared.id}/lock"
    code, locked = await ask(client, "PUT", path, reason="eyes to the front")
    assert (code, locked["role"], locked["locked"]["reason"]) == (
        200,
        "viewer",
        "eyes to the front",
    )
    _code, room = await ask(client, "GET", f"api/rooms/{orchard}", "juliet")
    assert (room["role"], room["documents"][0]["role"]) == ("editor", "viewer")
    assert (await ask(client, "DELETE", path))[0] == 204


async def test_only_admins_see_all_rooms_and_set_quotas(
    client: Client, world: World, orchard: RoomId
) -> None:
    assert (await ask(client, "GET", "api/admin/rooms"))[0] == 403
    client.auth.admins.add("romeo")
    code, listing = await ask(client, "GET", "api/admin/rooms?q=orchard")
    assert (code, listing["total"], listing["rooms"][0]["owners"]) == (200, 1, ["romeo"])
    assert set(listing["rooms"][0]) == fields_of("Overview")
    code, quotas = await ask(client, "PUT", "api/admin/quotas", documents_per_room=1)
    assert (code, quotas["documents_per_room"]) == (200, 1)
    more = {"name": "more.md", "type": "file", "format": "text"}
    code, answer = await ask(client, "POST", f"api/rooms/{orchard}/documents", **more)
    assert (code, answer["condition"]) == (409, "conflict")
    path = f"api/admin/rooms/{orchard}/owner"
    assert (await ask(client, "PUT", path, hub_user="juliet"))[1]["owners"] == ["juliet", "romeo"]
    assert (await ask(client, "DELETE", f"api/admin/rooms/{orchard}"))[0] == 204
    assert await world.rooms.room(orchard) is None


async def test_only_the_hubs_own_process_nudges(client: Client) -> None:
    assert (await ask(client, "POST", "api/nudge", "romeo"))[0] == 401
    client.front.own_token = Secret("the service's own")
    assert (await ask(client, "POST", "api/nudge", "romeo"))[0] == 401
    assert (await ask(client, "POST", "api/nudge", "the service's own", users=["romeo"]))[0] == 202


async def test_the_page_of_a_link_changes_nothing_until_its_button_is_pressed(
    client: Client, world: World, orchard: RoomId
) -> None:
    tybalt = await world.somebody("tybalt")
    _code, link = await ask(client, "POST", f"api/rooms/{orchard}/links", role="editor")
    page = "join/" + link["url"].rpartition("/")[2]

    response = await client.call("GET", page, "tybalt")
    assert response.code == 200
    assert "Join and open my lab" in response.body.decode()
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert await world.rooms.role_in_room(orchard, tybalt.id) is None

    response = await client.call("POST", page, "tybalt", b"")
    assert response.code == 303
    assert response.headers["Location"].endswith(f"/user-redirect/lab?xmpp-room={orchard}")
    assert (await client.call("GET", page, "tybalt")).code == 302
    refused = await client.call("GET", "join/nothing", "tybalt")
    assert (refused.code, "no such link" in refused.body.decode()) == (404, True)
