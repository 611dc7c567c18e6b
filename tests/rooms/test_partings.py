"""From whom a room takes its files back."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rooms.conftest import NOON
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.parting import LeaversFiles, Parted
from xmpp_bridge.rooms.parting_store import PartingStore
from xmpp_bridge.rooms.room import Document, Room
from xmpp_bridge.rooms.store import RoomStore


@pytest.fixture
def partings(engine: AsyncEngine) -> PartingStore:
    return PartingStore(engine, lambda: NOON)


async def test_whoever_is_taken_out_keeps_the_files_unless_the_owners_have_chosen_otherwise(
    rooms: RoomStore, partings: PartingStore, orchard: Room, sonnet: Document, juliet: Account
) -> None:
    assert await partings.chosen(orchard.id) is LeaversFiles.KEEP
    await rooms.remove_member(orchard.id, juliet.id)
    assert await partings.of(juliet.id) == []


async def test_what_is_taken_back_is_known_until_they_are_let_in_again(
    rooms: RoomStore,
    partings: PartingStore,
    orchard: Room,
    sonnet: Document,
    juliet: Account,
    romeo: Account,
) -> None:
    for _ in range(2):
        await partings.choose(orchard.id, LeaversFiles.REMOVE, romeo.id)
    assert await partings.chosen(orchard.id) is LeaversFiles.REMOVE
    for _ in range(2):
        await rooms.remove_member(orchard.id, juliet.id)
        assert await partings.of(juliet.id) == [Parted(sonnet.id, "sonnet.ipynb", "Orchard")]
        assert await partings.of(romeo.id) == []
        await rooms.set_member(orchard.id, juliet.id, Role.VIEWER)
        assert await partings.of(juliet.id) == []
    await partings.choose(orchard.id, LeaversFiles.KEEP, romeo.id)
    await rooms.remove_member(orchard.id, juliet.id)
    assert await partings.of(juliet.id) == []


async def test_who_leaves_takes_the_files_along(
    rooms: RoomStore,
    partings: PartingStore,
    orchard: Room,
    sonnet: Document,
    juliet: Account,
    romeo: Account,
) -> None:
    await partings.choose(orchard.id, LeaversFiles.REMOVE, romeo.id)
    await rooms.remove_member(orchard.id, juliet.id, leaves=True)
    assert await partings.of(juliet.id) == []


async def test_nothing_is_taken_back_for_a_room_or_a_document_that_is_gone(
    rooms: RoomStore,
    partings: PartingStore,
    orchard: Room,
    sonnet: Document,
    juliet: Account,
    romeo: Account,
) -> None:
    await partings.choose(orchard.id, LeaversFiles.REMOVE, romeo.id)
    await rooms.remove_member(orchard.id, juliet.id)
    await rooms.remove_document(sonnet.id)
    assert await partings.of(juliet.id) == []
