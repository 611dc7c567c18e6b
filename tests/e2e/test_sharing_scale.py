"""A large hub: 10,000 users, 300 groups, 1,000 rooms; what it costs to make that true, and to change a group of 500."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jupyterhub import orm  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.e2e.behind import admin_of, database_of
from tests.e2e.servers import DOMAIN, Hub, HubSettings
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.store import AccountStore
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.entry_store import EntryStore
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.rooms.store import RoomStore

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.timeout(900)]

PEOPLE, GROUPS, ROOMS = 10_000, 300, 1_000
IN_A_GROUP = 10
LARGE, LARGE_ROOMS = 500, 5
LOOK_EVERY = 0.25
PATIENCE = 400.0
EVERY, LOOKS = 5, 4
"""So often, in seconds, is it looked who is active and who came last; once a minute unless one says otherwise."""
TICKS = os.sysconf("SC_CLK_TCK")


class Load:
    """Seconds of a processor that some processes and their children have used since."""

    def __init__(self, **pids: int) -> None:
        self._pids = pids
        self._before = {name: _cpu(pid) for name, pid in pids.items()}
        self._since = time.monotonic()

    def __str__(self) -> str:
        wall = time.monotonic() - self._since
        used = (f"{n} {_cpu(pid) - self._before[n]:.1f} s" for n, pid in self._pids.items())
        return f"{wall:.1f} s (processor: {', '.join(used)})"


async def test_ten_thousand_people_in_three_hundred_groups_and_a_thousand_rooms(
    record_property: Any,
) -> None:
    async with _large_hub() as hub:
        hub_pid = await _pid_of_hub(hub)
        accounts = Load(hub=hub_pid, service=await hub.service_pid())
        async with database_of(hub) as engine:
            store = AccountStore(engine, _never)
            await _until(lambda: _enough(store))
            told = f"accounts {accounts}"
            rooms = await _make_rooms(engine)
        ejabberd = admin_of(hub)
        # All at once, as after a restore; the hub looks for its service every half minute.
        os.kill(await hub.service_pid(), signal.SIGTERM)
        await hub.until_well()
        started = Load(hub=hub_pid, ejabberd=hub.ejabberd_pid())
        await _until(lambda: _all_there(ejabberd, rooms))
        scratch = f"rooms {started}"
        large = rooms[:LARGE_ROOMS]
        names = {"users": [f"large-{number}" for number in range(LARGE)]}
        change = Load(hub=hub_pid, ejabberd=hub.ejabberd_pid())
        await hub.rest.call("DELETE", "groups/large/users", names)
        await _until(lambda: _members(ejabberd, large, most=IN_A_GROUP))
        out = f"500 out of {LARGE_ROOMS} rooms {change}"
        change = Load(hub=hub_pid, ejabberd=hub.ejabberd_pid())
        await hub.rest.call("POST", "groups/large/users", names)
        await _until(lambda: _members(ejabberd, large, least=LARGE))
        back = f"500 in {change}"
        polling = Load(hub=hub_pid, service=await hub.service_pid())
        await _looks(hub, LOOKS)
        record_property(
            "figure", f"{told}; {scratch}; {out}; {back}; {LOOKS} looks by polling {polling}"
        )


@asynccontextmanager
async def _large_hub() -> AsyncIterator[Hub]:
    """One that has been there for years."""
    folder = Path(tempfile.mkdtemp(prefix="xb-"))  # short: it holds unix sockets
    _populate(folder / "jupyterhub.sqlite")
    hub = Hub(HubSettings(doors=True, service={"reconcile_seconds": EVERY}), folder)
    try:
        await hub.start()
        yield hub
    finally:
        await hub.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _populate(database: Path) -> None:
    """In its own database: through its REST API that takes minutes, and is not what is measured here."""
    session = orm.new_session_factory(f"sqlite:///{database}")()
    large = [orm.User(name=f"large-{number}") for number in range(LARGE)]
    people = [orm.User(name=f"citizen-{number}") for number in range(PEOPLE - LARGE)]
    # Otherwise the hub gives each of them this role when it starts, one by one.
    session.add(orm.Role(name="user", scopes=["self"], users=[*people, *large]))
    for number in range(GROUPS - 1):
        some = people[number * IN_A_GROUP : (number + 1) * IN_A_GROUP]
        session.add(orm.Group(name=f"group-{number}", users=some))
    session.add(orm.Group(name="large", users=large))
    session.commit()
    session.close()


async def _make_rooms(engine: AsyncEngine) -> list[RoomId]:
    """In the database only: ejabberd knows of none, as after a restore."""
    accounts = AccountStore(engine, _never)
    rooms, entries = RoomStore(engine, _now), EntryStore(engine, _now)
    made: list[RoomId] = []
    for number in range(ROOMS):
        owner = await accounts.by_hub_user(f"citizen-{number}")
        assert owner is not None
        room = await rooms.create_room(f"Room {number}", owner.id)
        group = "large" if number < LARGE_ROOMS else f"group-{number % (GROUPS - 1)}"
        await entries.put_group(room.id, group, Role.EDITOR, owner.id)
        kind, form = DocumentType.NOTEBOOK, DocumentFormat.JSON
        await rooms.add_document(room.id, "scene.ipynb", kind, form, owner.id)
        made.append(room.id)
    return made


async def _enough(accounts: AccountStore) -> bool:
    return len(await accounts.enabled()) >= PEOPLE


async def _all_there(ejabberd: EjabberdApi, rooms: list[RoomId]) -> bool:
    """Each chat and each document with everybody of its group in it; looked at where they are made last."""
    addresses = Addresses(DOMAIN)
    for service in (addresses.documents, addresses.awareness, addresses.rooms):
        if len(await ejabberd.rooms(service)) < ROOMS:
            return False
    return await _members(ejabberd, rooms, least=IN_A_GROUP)


async def _members(
    ejabberd: EjabberdApi, rooms: list[RoomId], *, least: int = 0, most: int = PEOPLE
) -> bool:
    """Whether in all of these chats there are so many people."""
    for room in rooms:
        held = await ejabberd.affiliations(room, Addresses(DOMAIN).rooms)
        people = sum(affiliation == "member" for affiliation in held.values())
        if not least <= people <= most:
            return False
    return True


async def _looks(hub: Hub, more: int) -> None:
    """The hub has been asked so many times more who came last, which is the end of each look."""

    def asked() -> int:
        return hub.log.read_text(errors="replace").count("sort=-id")

    wanted = asked() + more

    async def enough() -> bool:
        return await asyncio.to_thread(asked) >= wanted

    await _until(enough)


async def _pid_of_hub(hub: Hub) -> int:
    """The parent of the service."""
    return int(_stat(await hub.service_pid())[1])


def _cpu(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(LOOK_EVERY)


async def _never(_name: str, _created: datetime) -> bool:
    return True


def _now() -> datetime:
    return datetime.now(UTC)
