"""Auditors are a role of a real hub: by token and in a browser, for a group alone, and out at once."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from demo.rest import RefusedError, Rest
from tests.e2e.servers import Hub
from tests.e2e.stage import until
from xmpp_bridge.hub_service.scopes import AUDIT, ROOMS_WRITE, access

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OPENS = access("xmpp-bridge")


async def somebody(hub: Hub, like: str, *groups: str) -> str:
    """A new hub user in these groups."""
    name = f"{like}-{uuid4().hex[:6]}"
    await hub.create_user(name)
    for group in groups:
        await hub.rest.call("POST", f"groups/{group}/users", {"users": [name]})
    return name


async def room_of(hub: Hub, name: str) -> str:
    """A room that somebody has made."""
    service = hub.service(await hub.user_token(name, [OPENS, ROOMS_WRITE]))
    return str((await service.call("POST", "api/rooms", {"name": f"{name}'s room"}))["id"])


async def rooms_seen(service: Rest) -> set[str]:
    found = await service.call("GET", "api/audit/entries?kind=room&limit=500")
    return {each["entry"]["room"] for each in found["entries"]}


async def seen_soon(service: Rest, room: str) -> set[str]:
    """All rooms that are seen, once this one is."""

    async def seen() -> set[str]:
        rooms = await rooms_seen(service)
        return rooms if room in rooms else set()

    found: set[str] = await until(seen, f"the room {room} is in the record")
    return found


async def test_an_auditor_is_one_by_the_hubs_role_and_out_with_it(
    hub: Hub, record_property: Any
) -> None:
    prince = await somebody(hub, "escalus", "auditors")
    romeo = await somebody(hub, "romeo")
    room = await room_of(hub, romeo)
    token = await hub.user_token(prince, [OPENS, AUDIT])
    await seen_soon(hub.service(token), room)
    with pytest.raises(RefusedError, match="403"):
        await rooms_seen(hub.service(await hub.user_token(romeo, [OPENS, ROOMS_WRITE])))

    await hub.rest.call("DELETE", "groups/auditors/users", {"users": [prince]})

    with pytest.raises(RefusedError, match="403"):
        await rooms_seen(hub.service(token))
    record_property("figure", "by a role of a real JupyterHub; out with the next request")


async def test_an_auditor_of_a_group_sees_its_rooms_alone(hub: Hub) -> None:
    nurse = await somebody(hub, "nurse", "auditors-of-capulets")
    theirs = await room_of(hub, await somebody(hub, "juliet", "capulets"))
    others = await room_of(hub, await somebody(hub, "romeo"))
    service = hub.service(await hub.user_token(nurse, [OPENS, f"{AUDIT}!group=capulets"]))

    assert others not in await seen_soon(service, theirs)


async def test_an_auditor_reads_the_pages_with_their_own_login(hub: Hub) -> None:
    prince = await somebody(hub, "escalus", "auditors")
    room = await room_of(hub, await somebody(hub, "romeo"))
    await seen_soon(hub.service(await hub.user_token(prince, [OPENS, AUDIT])), room)
    for name, status in ((prince, 200), (await somebody(hub, "tybalt"), 403)):
        async with httpx.AsyncClient(base_url=hub.url, follow_redirects=True) as browser:
            await browser.get("hub/login")
            form = {
                "username": name,
                "password": hub.password,
                "_xsrf": browser.cookies.get("_xsrf", path="/hub/"),
            }
            await browser.post("hub/login", data=form, follow_redirects=False)
            for path in (f"audit?room={quote(room)}", f"audit/rooms/{room}", "audit/exports"):
                page = await browser.get(f"services/xmpp-bridge/{path}")
                assert page.status_code == status, path
                assert ("<h1>" in page.text) is (status == 200)
            exported = await browser.get(f"services/xmpp-bridge/api/audit/export?room={room}")
            assert exported.status_code == status
