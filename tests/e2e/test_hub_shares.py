"""Shares and groups of the hub let people into rooms, at once, on the oldest hub that we know and on the newest."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from demo.rest import RefusedError, Rest
from tests.e2e.people import acting
from tests.e2e.places import rest, room_of
from tests.e2e.servers import REPOSITORY, HubSettings, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.timeout(300)]

PYTHONS = {
    "hub 5.5": REPOSITORY / ".venv-hub55" / "bin" / "python",
    "hub 6": Path(sys.executable),
}
VIEW = "custom:xmpp-bridge:room:view!server=romeo/"
EDIT = "custom:xmpp-bridge:room:edit!server=romeo/"
SOON = 15.0


async def role_of(person: Rest, room: str) -> str | None:
    try:
        return str((await person.call("GET", f"api/rooms/{room}"))["role"])
    except RefusedError:
        return None


async def seconds_until(person: Rest, room: str, role: str | None) -> float:
    started = time.monotonic()
    async with asyncio.timeout(SOON):
        while await role_of(person, room) != role:
            await asyncio.sleep(0.01)
    return time.monotonic() - started


@pytest.mark.parametrize("version", PYTHONS)
async def test_a_share_or_a_group_of_the_hub_opens_a_room_and_no_server(
    version: str, record_property: Any
) -> None:
    # So seldom does the service look by itself: what comes within seconds, the hub's process has said.
    settings = HubSettings(doors=True, python=PYTHONS[version], service={"reconcile_seconds": 3600})
    async with running_hub(settings) as hub, acting(hub, "romeo", "juliet") as (romeo, juliet):
        owner, her = rest(hub, romeo), rest(hub, juliet)
        room, other = await room_of(romeo), await room_of(romeo)
        await owner.call("PUT", f"api/rooms/{room}/hub-share", {"server": ""})
        shared = {"user": "juliet", "scopes": [VIEW]}
        times = []

        await hub.rest.call("POST", "shares/romeo/", shared)
        times.append(await seconds_until(her, room, "viewer"))
        await hub.rest.call("POST", "shares/romeo/", {"user": "juliet", "scopes": [EDIT]})
        times.append(await seconds_until(her, room, "editor"))
        assert await role_of(her, other) is None
        servers = await hub.rest.call("GET", "users/juliet/shared")
        assert "access:servers" not in str(servers)
        await hub.rest.call("PATCH", "shares/romeo/", {"user": "juliet"})
        times.append(await seconds_until(her, room, None))
        await hub.rest.call("POST", "shares/romeo/", {"user": "juliet"})  # Of the server itself.

        await hub.rest.call("POST", "groups/musicians")
        await owner.call("GET", "api/directory?q=musicians")
        await hub.rest.call("POST", "groups/musicians/users", {"users": ["juliet", "romeo"]})
        await owner.call("PUT", f"api/rooms/{other}/groups/musicians", {"role": "editor"})
        times.append(await seconds_until(her, other, "editor"))
        await hub.rest.call("DELETE", "groups/musicians/users", {"users": ["juliet"]})
        times.append(await seconds_until(her, other, None))
        await hub.rest.call("POST", "groups/musicians/users", {"users": ["juliet"]})
        times.append(await seconds_until(her, other, "editor"))
        await hub.rest.call("DELETE", "groups/musicians")
        times.append(await seconds_until(her, other, None))
        assert await role_of(her, room) is None
    record_property("figure", f"{version}: {len(times)} changes, at most {max(times):.2f} s each")
