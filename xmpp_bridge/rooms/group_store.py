"""Who is in which group of the hub, and what follows in every room that lets one in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.rooms import entry_rows, rows
from xmpp_bridge.rooms.entry import Settled
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.tables import entries, hub_group_members, rooms
from xmpp_bridge.storage.engine import reading, writing

Item = TypeVar("Item")
AT_ONCE = 400
"""Rows in one statement: SQLite takes so many values."""


class GroupStore:
    """A copy of the hub's groups; each change of it settles every room concerned in the same transaction."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def all_groups(self) -> dict[str, set[int]]:
        """Every group with somebody in it."""
        query = select(hub_group_members.c.group_name, hub_group_members.c.account_id)
        found: dict[str, set[int]] = {}
        async with reading(self._engine) as connection:
            for group, account_id in await connection.execute(query):
                found.setdefault(group, set()).add(account_id)
        return found

    async def used(self) -> frozenset[str]:
        """Groups that a room lets in."""
        query = (
            select(entries.c.group_name)
            .join(rooms, rooms.c.id == entries.c.room_id)
            .where(entries.c.group_name.is_not(None), rooms.c.removed_at.is_(None))
            .distinct()
        )
        async with reading(self._engine) as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def groups_of(self, account_ids: Collection[int]) -> dict[int, frozenset[str]]:
        """In which groups each of these people is."""
        found: dict[int, set[str]] = {each: set() for each in account_ids}
        async with reading(self._engine) as connection:
            for some in _batches(sorted(account_ids)):
                query = select(hub_group_members.c.account_id, hub_group_members.c.group_name)
                query = query.where(hub_group_members.c.account_id.in_(some))
                for account_id, group in await connection.execute(query):
                    found[account_id].add(group)
        return {each: frozenset(groups) for each, groups in found.items()}

    async def sizes(self, groups: Collection[str]) -> dict[str, int]:
        """How many people are in each of these groups."""
        query = (
            select(hub_group_members.c.group_name, func.count())
            .where(hub_group_members.c.group_name.in_(groups))
            .group_by(hub_group_members.c.group_name)
        )
        async with reading(self._engine) as connection:
            return {group: int(people) for group, people in await connection.execute(query)}

    async def people_are_in(self, now: Mapping[int, frozenset[str]]) -> list[Settled]:
        """These people are in exactly these groups; rooms that this changes."""
        before = await self.groups_of(now.keys())
        joined = {(group, who) for who in now for group in now[who] - before[who]}
        left = {(group, who) for who in now for group in before[who] - now[who]}
        return await self._change(joined, left)

    async def group_has(self, group: str, people: Collection[int]) -> list[Settled]:
        """Exactly these people are in this group; rooms that this changes."""
        before = (await self.all_groups()).get(group, set())
        joined = {(group, who) for who in set(people) - before}
        return await self._change(joined, {(group, who) for who in before - set(people)})

    async def group_is_gone(self, group: str) -> list[Settled]:
        """The hub has no such group: another of the same name, some day, inherits nothing."""
        settled: list[Settled] = []
        async with writing(self._engine) as connection:
            await rows.lock_groups(connection, {group})
            concerned = await _rooms_with(connection, {group})
            await connection.execute(
                delete(hub_group_members).where(hub_group_members.c.group_name == group)
            )
            for room_id in concerned:
                await rows.lock_room(connection, room_id)
                await entry_rows.drop(connection, room_id, entries.c.group_name == group)
                settled.append(await entry_rows.settle(connection, room_id, self._now()))
        return settled

    async def _change(
        self, joined: set[tuple[str, int]], left: set[tuple[str, int]]
    ) -> list[Settled]:
        if not joined and not left:
            return []
        async with writing(self._engine) as connection:
            await rows.lock_groups(connection, {group for group, _who in joined | left})
            for group, who in left:
                await connection.execute(
                    delete(hub_group_members).where(
                        hub_group_members.c.group_name == group,
                        hub_group_members.c.account_id == who,
                    )
                )
            known = await _known(connection, {group for group, _who in joined})
            new = [{"group_name": g, "account_id": who} for g, who in joined - known]
            if new:
                await connection.execute(insert(hub_group_members), new)
            concerned = await _rooms_with(connection, {group for group, _who in joined | left})
            settled = []
            for room_id in concerned:
                await rows.lock_room(connection, room_id)
                settled.append(await entry_rows.settle(connection, room_id, self._now()))
        return [each for each in settled if each.changed]


async def _known(connection: AsyncConnection, groups: Collection[str]) -> set[tuple[str, int]]:
    """Another look at the hub may have told of the same meanwhile."""
    found: set[tuple[str, int]] = set()
    for some in _batches(sorted(groups)):
        query = select(hub_group_members.c.group_name, hub_group_members.c.account_id)
        query = query.where(hub_group_members.c.group_name.in_(some))
        found |= {(group, who) for group, who in await connection.execute(query)}
    return found


async def _rooms_with(connection: AsyncConnection, groups: Collection[str]) -> list[RoomId]:
    """In one order, so that two who lock them never wait for each other."""
    found: set[RoomId] = set()
    for some in _batches(sorted(groups)):
        query = (
            select(entries.c.room_id)
            .join(rooms, rooms.c.id == entries.c.room_id)
            .where(entries.c.group_name.in_(some), rooms.c.removed_at.is_(None))
        )
        found |= {RoomId(room) for room in (await connection.execute(query)).scalars()}
    return sorted(found)


def _batches(items: list[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
