"""A hub group changes in the moment in which a room lets it in: neither misses the other, on either database."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rooms.conftest import NOON
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.rooms import entry_rows, rows
from xmpp_bridge.rooms.entry import EntryKind
from xmpp_bridge.rooms.entry_rows import Entry
from xmpp_bridge.rooms.group_store import GroupStore
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Room
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.engine import writing

GROUP = "capulets"


async def put_group(engine: AsyncEngine, room: Room, meanwhile: asyncio.Event) -> None:
    """As `EntryStore.put_group`, which stops before the end until the other is under way."""
    async with writing(engine) as connection:
        await rows.lock_groups(connection, {GROUP})
        await rows.lock_room(connection, room.id)
        entry = Entry(EntryKind.GROUP, Role.EDITOR, group=GROUP, seen=True)
        await entry_rows.put(connection, room.id, entry, NOON)
        await entry_rows.settle(connection, room.id, NOON)
        await meanwhile.wait()


async def at_once(engine: AsyncEngine, room: Room, people: set[int]) -> None:
    """Let the group in while it becomes these people."""
    groups, meanwhile = GroupStore(engine, lambda: NOON), asyncio.Event()
    letting_in = asyncio.create_task(put_group(engine, room, meanwhile))
    changing = asyncio.create_task(groups.group_has(GROUP, people))
    # Long enough for a change that waits for nobody; one that waits goes on when the other is over.
    await asyncio.wait([changing, letting_in], timeout=0.5)
    meanwhile.set()
    await asyncio.gather(letting_in, changing)


async def test_who_joins_a_group_as_it_is_let_in_is_in(
    engine: AsyncEngine, rooms: RoomStore, juliet: Account, romeo: Account
) -> None:
    room = await rooms.create_room("Verona", romeo.id)
    await at_once(engine, room, {juliet.id})
    assert await rooms.role_in_room(room.id, juliet.id) is Role.EDITOR


async def test_who_leaves_a_group_as_it_is_let_in_is_out(
    engine: AsyncEngine, rooms: RoomStore, juliet: Account, romeo: Account
) -> None:
    room = await rooms.create_room("Verona", romeo.id)
    await GroupStore(engine, lambda: NOON).group_has(GROUP, {juliet.id})
    await at_once(engine, room, set())
    assert await rooms.role_in_room(room.id, juliet.id) is None
