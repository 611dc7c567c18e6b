"""Names that collide, and people who are renamed, deleted and made again, on a real hub: nobody inherits anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from demo.rest import RefusedError
from tests.e2e.people import Actor, acting
from tests.e2e.places import rest, room_of, status_of
from tests.e2e.servers import Hub, HubSettings, running_hub

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.accept,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

COLLIDING = ("ross", "roß", "mary-jane", "mary jane")
"""To an XMPP server the first two are one name, and escaping (XEP-0106) must not make the others one."""
SOON = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub() -> AsyncIterator[Hub]:
    async with running_hub(HubSettings(doors=True)) as hub:
        yield hub


async def rooms_of(hub: Hub, actor: Actor) -> list[str]:
    return [room["id"] for room in (await rest(hub, actor).call("GET", "api/rooms"))["rooms"]]


async def jid_of(hub: Hub, actor: Actor) -> str:
    return str((await rest(hub, actor).call("GET", "api/me"))["jid"])


async def test_names_that_collide_are_two_people(hub: Hub, record_property: Any) -> None:
    jids: dict[str, str] = {}
    rooms: dict[str, str] = {}
    for name in COLLIDING:
        await hub.create_user(name)
        async with acting(hub, name) as (actor,):
            jids[name] = await jid_of(hub, actor)
            assert await rooms_of(hub, actor) == []
            rooms[name] = await room_of(actor)
            assert await rooms_of(hub, actor) == [rooms[name]]
    assert len(set(jids.values())) == len(COLLIDING)
    record_property("figure", f"{len(COLLIDING)} names, {len(set(jids.values()))} addresses")


async def test_whoever_is_renamed_keeps_rooms_and_address_and_a_namesake_gets_nothing(
    hub: Hub,
) -> None:
    await hub.create_user("paris")
    async with acting(hub, "romeo", "paris") as (romeo, paris):
        room = await room_of(romeo, paris="editor")
        jid = await jid_of(hub, paris)
    await hub.rename_user("paris", "county-paris")
    await hub.create_user("paris")
    async with acting(hub, "county-paris", "paris") as (renamed, namesake):
        assert await rooms_of(hub, renamed) == [room]
        assert await jid_of(hub, renamed) == jid
        assert await rooms_of(hub, namesake) == []
        assert await jid_of(hub, namesake) != jid


async def test_whoever_is_deleted_and_made_again_inherits_nothing_not_from_groups_nor_links(
    hub: Hub, record_property: Any
) -> None:
    await hub.create_user("tybalt")
    await hub.rest.call("POST", "groups/musicians")
    await hub.rest.call("POST", "groups/musicians/users", {"users": ["tybalt", "juliet"]})
    async with acting(hub, "juliet", "tybalt") as (juliet, tybalt):
        owner = rest(hub, juliet)
        by_name = await room_of(juliet, tybalt="editor")
        by_group, by_link = await room_of(juliet), await room_of(juliet)
        await owner.call("PUT", f"api/rooms/{by_group}/groups/musicians", {"role": "editor"})
        link = await owner.call("POST", f"api/rooms/{by_link}/links", {"role": "viewer"})
        token = link["url"].rpartition("/")[2]
        await rest(hub, tybalt).call("POST", f"api/join/{token}")
        assert set(await rooms_of(hub, tybalt)) == {by_name, by_group, by_link}
        jid = await jid_of(hub, tybalt)
    await hub.delete_user("tybalt")
    await hub.create_user("tybalt")
    async with acting(hub, "tybalt") as (again,):
        assert await rooms_of(hub, again) == []
        assert await jid_of(hub, again) != jid
        for room in (by_name, by_group, by_link):
            assert await status_of(rest(hub, again).call("GET", f"api/rooms/{room}")) == 404
    record_property("figure", "3 rooms by name, group and link: none inherited")


async def test_a_room_whose_owner_is_deleted_goes_to_the_heir(hub: Hub) -> None:
    await hub.create_user("capulet")
    async with acting(hub, "capulet", "juliet") as (capulet, juliet):
        room = await room_of(capulet, juliet="viewer")
        await rest(hub, capulet).call("PUT", f"api/rooms/{room}/heir", {"hub_user": "juliet"})
        await hub.stop_server("capulet")
        await hub.delete_user("capulet")

        async def owns() -> bool:
            try:
                found = await rest(hub, juliet).call("GET", f"api/rooms/{room}")
            except RefusedError:
                return False
            return bool(found["role"] == "owner")

        async with asyncio.timeout(SOON):
            while not await owns():
                await asyncio.sleep(0.2)
