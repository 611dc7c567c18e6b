"""The service or ejabberd is killed in the middle of every membership change: then ejabberd equals the database."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from demo.rest import RefusedError, Rest
from tests.e2e.behind import admin_of, database_of
from tests.e2e.external import knowing
from tests.e2e.people import Actor, acting
from tests.e2e.places import rest, room_of
from tests.e2e.servers import DOMAIN, Hub, HubSettings, running_hub
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.ejabberd.launcher import running
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.hub_service.record_settings import POLICY
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.moderation_store import ModerationStore
from xmpp_bridge.rooms.reconcile import (
    MucRoomWanted,
    awareness_room,
    chat_room,
    document_room,
    plan,
)
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import UnavailableError

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.timeout(900)]

ADDRESSES = Addresses(DOMAIN)
CAST = ("romeo", "juliet", "mercutio")
AFTER = (0.01, 0.05, 0.12)
"""Seconds from the first change to the kill: while most are between database and ejabberd."""
SOON = 90.0


@dataclass
class Truth:
    """The database and ejabberd, looked at from outside."""

    rooms: RoomStore
    moderation: ModerationStore
    ejabberd: EjabberdApi

    async def differences(self, room_ids: list[RoomId]) -> list[str]:
        """Where ejabberd is not what the database says."""
        found = []
        for room in room_ids:
            for name, service, wanted in await self._wanted(room):
                actual = await Projection._actual(self, name, service)  # type: ignore[arg-type]
                found += [f"{name}@{service}: {change}" for change in plan(wanted, actual)]
        return found

    @property
    def _ejabberd(self) -> EjabberdApi:
        return self.ejabberd

    async def rights(self, room: RoomId) -> set[tuple[str, str]]:
        """Who may speak and write, by ejabberd's word."""
        found = set()
        for name, service, _wanted in await self._wanted(room):
            held = await self.ejabberd.affiliations(name, service)
            found |= {(service, jid) for jid, what in held.items() if what == "member"}
        return found

    async def _wanted(self, room: RoomId) -> list[tuple[str, str, MucRoomWanted]]:
        members, muted = await self.rooms.members(room), await self.moderation.muted(room)
        speakers = [member for member in members if member.account.id not in muted]
        service = ADDRESSES.service.bare
        chat = chat_room("Verona", speakers, (), DOMAIN, service, POLICY)
        found = [(str(room), ADDRESSES.rooms, chat)]
        for document in await self.rooms.documents_of_room(room):
            people = await self.rooms.members_in_document(document)
            edits = document_room(document, people, DOMAIN, service)
            cursors = awareness_room(document, people, DOMAIN, service)
            found.append((document.id, ADDRESSES.documents, edits))
            found.append((document.id, ADDRESSES.awareness, cursors))
        return found


@dataclass(frozen=True)
class Stand:
    """A room in which one change is about to happen."""

    room: RoomId
    document: str
    link: str


Change = Callable[[Hub, Rest, Rest, Stand], Awaitable[Any]]

CHANGES: dict[str, Change] = {
    "lowered": lambda _hub, owner, _her, at: owner.call(
        "PUT", f"api/rooms/{at.room}/members/juliet", {"role": "viewer"}
    ),
    "raised": lambda _hub, owner, _her, at: owner.call(
        "PUT", f"api/rooms/{at.room}/members/mercutio", {"role": "editor"}
    ),
    "removed": lambda _hub, owner, _her, at: owner.call(
        "DELETE", f"api/rooms/{at.room}/members/juliet"
    ),
    "link taken": lambda _hub, _owner, her, at: her.call("POST", f"api/join/{at.link}"),
    "group in": lambda _hub, owner, _her, at: owner.call(
        "PUT", f"api/rooms/{at.room}/groups/verona", {"role": "editor"}
    ),
    "banned": lambda _hub, owner, _her, at: owner.call(
        "PUT", f"api/rooms/{at.room}/bans/juliet", {}
    ),
    "muted": lambda _hub, owner, _her, at: owner.call(
        "PUT", f"api/rooms/{at.room}/mutes/juliet", {}
    ),
    "locked": lambda _hub, owner, _her, at: owner.call(
        "PUT", f"api/documents/{at.document}/lock", {}
    ),
    "handed over": lambda _hub, owner, _her, at: owner.call(
        "PUT", f"api/rooms/{at.room}/owner", {"hub_user": "mercutio"}
    ),
}


async def test_the_service_is_killed_in_the_middle_of_every_change(
    tmp_path: Path, record_property: Any
) -> None:
    async with AsyncExitStack() as stack:
        elsewhere = EjabberdSettings(domain=DOMAIN, directory=tmp_path / "e")
        ejabberd = await stack.enter_async_context(running(elsewhere))
        settings = HubSettings(doors=True, service=knowing(ejabberd))
        hub = await stack.enter_async_context(running_hub(settings))
        admin = EjabberdApi(ejabberd.admin_address, DOMAIN, ejabberd.admin_credential)

        async def kill() -> None:
            await hub.end_service(signal.SIGKILL)

        await _rounds(hub, admin, kill, record_property)


async def test_ejabberd_is_killed_in_the_middle_of_every_change(record_property: Any) -> None:
    async with running_hub(HubSettings(doors=True)) as hub:

        async def kill() -> None:
            os.kill(hub.ejabberd_pid(), signal.SIGKILL)

        await _rounds(hub, None, kill, record_property)


async def _rounds(
    hub: Hub, admin: EjabberdApi | None, kill: Callable[[], Awaitable[None]], tell: Any
) -> None:
    await hub.rest.call("POST", "groups/verona")
    await hub.rest.call("POST", "groups/verona/users", {"users": ["mercutio", "romeo"]})
    cut = 0
    async with acting(hub, *CAST) as (romeo, juliet, _mercutio), _truth(hub, admin) as truth:
        owner, her = rest(hub, romeo), rest(hub, juliet)
        for after in AFTER:
            stands = {name: await _stand(hub, romeo, name) for name in CHANGES}
            rooms = [stand.room for stand in stands.values()]
            old = {room: await truth.rights(room) for room in rooms}
            changing = [
                asyncio.create_task(_tried(change(hub, owner, her, stands[name])))
                for name, change in CHANGES.items()
            ]
            await asyncio.sleep(after)
            await kill()
            cut += sum(not ended for ended in await asyncio.gather(*changing))
            at_death = {} if admin is None else {room: await truth.rights(room) for room in rooms}
            await hub.until_well()
            truth.ejabberd = admin or admin_of(hub)  # Another ejabberd has other ports.
            await _same(truth, rooms)
            for room, held in at_death.items():
                assert held <= old[room] | await truth.rights(room)
    tell("figure", f"{len(AFTER)} kills in {len(AFTER) * len(CHANGES)} changes, {cut} cut off")


async def _stand(hub: Hub, romeo: Actor, name: str) -> Stand:
    members = {"juliet": "editor", "mercutio": "viewer"}
    if name == "link taken":
        del members["juliet"]
    room = await room_of(romeo, **members)
    owner = rest(hub, romeo)
    link = await owner.call("POST", f"api/rooms/{room}/links", {"role": "editor"})
    (document,) = (await owner.call("GET", f"api/rooms/{room}"))["documents"]
    return Stand(RoomId(room), document["id"], link["url"].rpartition("/")[2])


async def _tried(attempt: Awaitable[Any]) -> bool:
    """Whether an answer came: some are cut off, which is what this is about."""
    try:
        await attempt
    except (RefusedError, HTTPClientError, OSError):
        return False
    return True


async def _same(truth: Truth, rooms: list[RoomId]) -> None:
    """Wait until nothing differs any more; says what does if that never comes."""
    found = ["not looked at"]
    try:
        async with asyncio.timeout(SOON):
            while found:
                await asyncio.sleep(0.2)
                try:
                    found = await truth.differences(rooms)
                except UnavailableError as error:
                    found = [str(error)]
    except TimeoutError:
        raise AssertionError(f"ejabberd is not what the database says: {found}") from None


@asynccontextmanager
async def _truth(hub: Hub, admin: EjabberdApi | None) -> AsyncIterator[Truth]:
    async with database_of(hub) as engine:

        def now() -> datetime:
            return datetime.now(UTC)

        rooms, moderation = RoomStore(engine, now), ModerationStore(engine, now)
        yield Truth(rooms, moderation, admin or admin_of(hub))
