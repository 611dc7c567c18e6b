"""Servers of members hear once that a document has changed, however often it does, until they ask."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from tests.hub_service.client import serving
from tests.hub_service.fake_hub import NOON
from tests.hub_service.world import DOMAIN, Author, World, caller, heard
from xmpp_bridge.documents.stanza import DOCUMENTS, Changed
from xmpp_bridge.hub_service.told import Told
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role

ORCHARD, TOMB = DocumentId("0" * 32), DocumentId("1" * 32)
ROMEO, JULIET = ("romeo", "jupyter"), ("juliet", "jupyter")


def test_a_server_is_told_once_until_it_asks() -> None:
    told = Told()
    assert list(told.to_tell(ORCHARD, [ROMEO, JULIET], ())) == [ROMEO, JULIET]
    assert list(told.to_tell(ORCHARD, [ROMEO, JULIET], ())) == []
    told.asked("romeo", ORCHARD)
    assert list(told.to_tell(ORCHARD, [ROMEO, JULIET], ())) == [ROMEO]


def test_who_follows_the_room_is_not_told_and_is_as_soon_as_it_has_left() -> None:
    told = Told()
    assert list(told.to_tell(ORCHARD, [ROMEO, JULIET], {ROMEO})) == [JULIET]
    assert list(told.to_tell(ORCHARD, [ROMEO, JULIET], ())) == [ROMEO]


def test_a_document_is_not_another_and_who_asks_for_all_has_asked_for_each() -> None:
    told = Told()
    assert list(told.to_tell(ORCHARD, [ROMEO], ())) == [ROMEO]
    assert list(told.to_tell(TOMB, [ROMEO], ())) == [ROMEO]
    told.asked("romeo", TOMB)
    assert list(told.to_tell(ORCHARD, [ROMEO], ())) == []
    told.asked("romeo", None)
    assert list(told.to_tell(ORCHARD, [ROMEO], ())) == [ROMEO]


class Verona:
    """Three people with a server each, one of whom only reads, and a document."""

    def __init__(self, world: World, document: DocumentId) -> None:
        self.world = world
        self.document = document
        self.author = Author()
        self.sequence = 0

    async def romeo_writes(self) -> None:
        self.sequence += 1
        await self.world.keep(
            heard(self.document, "romeo", self.author.writes("O! "), self.sequence)
        )

    def notices(self) -> list[str]:
        """Who has been told that the document has changed, in the order in which they were."""
        return [
            recipient.removesuffix(f"@{DOMAIN}/jupyter")
            for recipient, payload in self.world.voice.told
            if payload == Changed(self.document)
        ]


@pytest.fixture
async def verona(world: World) -> Verona:
    opened = await world.document("romeo", juliet="viewer", nurse="editor")
    for name in ("romeo", "juliet", "nurse", "tybalt"):
        await world.somebody(name)
        await world.credentials.grant(caller(name))
    world.document_rooms.inside = {f"romeo@{DOMAIN}/jupyter"}
    world.voice.told.clear()
    return Verona(world, opened.document.id)


@asynccontextmanager
async def waking(world: World) -> AsyncIterator[None]:
    running = asyncio.create_task(world.waking.run())
    yield
    running.cancel()
    await asyncio.wait([running])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def test_members_whose_servers_sleep_get_one_notice_for_many_keystrokes(
    verona: Verona,
) -> None:
    async with waking(verona.world):
        await verona.romeo_writes()
        await until(lambda: sorted(verona.notices()) == ["juliet", "nurse"])
        for _ in range(20):
            await verona.romeo_writes()
        verona.world.waking.asked(await verona.world.somebody("nurse"), verona.document)
        await verona.romeo_writes()
        await until(lambda: verona.notices().count("nurse") == 2)
    assert sorted(verona.notices()) == ["juliet", "nurse", "nurse"]


async def test_whose_credential_was_taken_back_hears_nothing(verona: Verona) -> None:
    nurse = await verona.world.somebody("nurse")
    await verona.world.leases.revoke_account(nurse.id, NOON)
    async with waking(verona.world):
        await verona.romeo_writes()
        await until(lambda: verona.notices() != [])
    assert verona.notices() == ["juliet"]


async def test_whose_role_changes_is_told_to_ask_for_everything_and_nobody_else_is(
    verona: Verona,
) -> None:
    world = verona.world
    romeo = await world.somebody("romeo")
    room = (await world.sharing.document(romeo, verona.document)).document.room_id
    world.voice.passed_on.clear()
    await world.sharing.set_member(romeo, room, "nurse", Role.VIEWER)
    asked = [who for who, what in world.voice.passed_on if what == f"{{{DOCUMENTS}}}changed"]
    assert asked == [f"nurse@{DOMAIN}/jupyter"]


async def test_versions_tell_what_changed_and_only_of_what_the_asker_may_read(
    verona: Verona,
) -> None:
    world = verona.world
    async with serving(world) as client:
        for name in ("juliet", "tybalt"):
            client.auth.tokens[name] = ()

        async def versions(token: str, query: str = "") -> dict[str, dict[str, str]]:
            response = await client.call("GET", f"api/documents/versions{query}", token=token)
            return dict(json.loads(response.body)["documents"])

        assert await versions("juliet") == {verona.document: {"version": "", "role": "viewer"}}
        await verona.romeo_writes()
        first = (await versions("juliet", f"?document={verona.document}"))[verona.document]
        assert first["version"]
        assert await versions("juliet") == {verona.document: first}
        await verona.romeo_writes()
        assert (await versions("juliet"))[verona.document]["version"] != first["version"]
        assert await versions("tybalt") == {}


async def test_a_restored_database_that_gives_an_id_again_gives_another_version(
    verona: Verona,
) -> None:
    world = verona.world
    await verona.romeo_writes()
    (before,) = (await world.history.versions([verona.document])).values()
    other = await world.document("romeo")
    late = heard(other.document.id, "romeo", Author().writes("x"))
    await world.keep(type(late)(late.document, late.occupant, late.stanza, NOON + timedelta(1)))
    (after,) = (await world.history.versions([other.document.id])).values()
    assert before.partition("-")[2] != after.partition("-")[2]
