"""Why people are in a room: groups, hub shares, invitations. Each verb one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account, account_of
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms import entry_rows, recorded, rows
from xmpp_bridge.rooms.entry import EntryKind, GroupEntry, Settled, Source
from xmpp_bridge.rooms.entry_rows import Entry
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Room
from xmpp_bridge.rooms.tables import (
    entries,
    hub_group_members,
    hub_shares,
    links,
    members,
    rooms,
)
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import NotFoundError


@dataclass(frozen=True)
class Invitation:
    """Somebody let another into a room, who has not seen it yet."""

    room: Room
    role: Role
    by: Account
    at: datetime


@dataclass(frozen=True)
class HubShare:
    """Whose hub shares, of which of their servers, let people into a room."""

    room_id: RoomId
    owner: Account
    server: str


class EntryStore:
    """What `RoomStore` knows of people one by one, this knows of where it comes from."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def put_group(self, room_id: RoomId, group: str, role: Role, by: int) -> Settled:
        """Let everybody in this hub group in, also who is put into it later."""
        entry = Entry(EntryKind.GROUP, role, group=group, by=by, seen=True)
        async with writing(self._engine) as connection:
            await rows.lock_groups(connection, {group})
            await rows.lock_room(connection, room_id)
            owners = await rows.owners(connection, room_id)
            at = self._now()
            await entry_rows.put(connection, room_id, entry, at)
            await recorded.reason_changed(
                connection, at, "group-set", room_id, group=group, role=str(role)
            )
            settled = await entry_rows.settle(connection, room_id, at)
            await rows.keep_owned(connection, room_id, owners)
        return settled

    async def drop_group(self, room_id: RoomId, group: str) -> Settled:
        """Take the group out; who has another reason to be in stays."""
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            owners = await rows.owners(connection, room_id)
            mine = (entries.c.group_name == group, entries.c.kind == EntryKind.GROUP)
            if not await entry_rows.drop(connection, room_id, *mine):
                raise NotFoundError("this group was not let in")
            at = self._now()
            await recorded.reason_changed(connection, at, "group-removed", room_id, group=group)
            settled = await entry_rows.settle(connection, room_id, at)
            await rows.keep_owned(connection, room_id, owners)
        return settled

    async def sources(self, room_id: RoomId) -> dict[int, list[Source]]:
        """Every reason for which each person is in, or would be if they were not banned."""
        by_person = (
            select(entries, links.c.label)
            .outerjoin(links, links.c.id == entries.c.link_id)
            .where(entries.c.room_id == room_id, entries.c.account_id.is_not(None))
        )
        by_group = (
            select(hub_group_members.c.account_id, entries.c.group_name, entries.c.role)
            .join(entries, entries.c.group_name == hub_group_members.c.group_name)
            .where(entries.c.room_id == room_id)
        )
        found: defaultdict[int, list[Source]] = defaultdict(list)
        async with reading(self._engine) as connection:
            for row in await connection.execute(by_person):
                source = Source(row.kind, row.role, row.link_id, row.label)
                found[row.account_id].append(source)
            for account_id, group, role in await connection.execute(by_group):
                found[account_id].append(Source(EntryKind.GROUP, role, name=group))
        return found

    async def groups(self, room_id: RoomId, sizes: Mapping[str, int]) -> list[GroupEntry]:
        """Which groups are let in; `sizes` says how many people each has."""
        async with reading(self._engine) as connection:
            query = (
                select(entries.c.group_name, entries.c.role)
                .where(entries.c.room_id == room_id, entries.c.kind == EntryKind.GROUP)
                .order_by(entries.c.group_name)
            )
            return [
                GroupEntry(group, role, sizes.get(group, 0))
                for group, role in await connection.execute(query)
            ]

    async def invitations(self, account_id: int) -> list[Invitation]:
        """Rooms into which somebody else has let this person, by name, that they have not seen."""
        query = (
            select(
                accounts,
                rooms.c.name,
                entries.c.room_id,
                rooms.c.created_at.label("made_at"),
                members.c.role,
                entries.c.created_at,
            )
            .join(entries, entries.c.created_by == accounts.c.id)
            .join(rooms, rooms.c.id == entries.c.room_id)
            .join(
                members,
                (members.c.room_id == rooms.c.id) & (members.c.account_id == entries.c.account_id),
            )
            .where(
                entries.c.account_id == account_id,
                entries.c.seen_at.is_(None),
                rooms.c.removed_at.is_(None),
            )
            .order_by(entries.c.created_at)
        )
        async with reading(self._engine) as connection:
            return [
                Invitation(
                    Room(RoomId(row.room_id), row.name, row.made_at),
                    row.role,
                    account_of(row),
                    row.created_at,
                )
                for row in await connection.execute(query)
            ]

    async def seen(self, room_id: RoomId, account_id: int) -> None:
        """They know that they are in; saying so again changes nothing."""
        async with writing(self._engine) as connection:
            await connection.execute(
                update(entries)
                .where(entries.c.room_id == room_id, entries.c.account_id == account_id)
                .values(seen_at=self._now())
            )

    # -- shares of the hub --------------------------------------------------------------------------

    async def bind_share(self, room_id: RoomId, owner: int, server: str) -> None:
        """From now on the hub shares of this server, with our scopes, let people into this room."""
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            await connection.execute(delete(hub_shares).where(hub_shares.c.room_id == room_id))
            await connection.execute(
                insert(hub_shares).values(room_id=room_id, account_id=owner, server_name=server)
            )

    async def unbind_share(self, room_id: RoomId) -> Settled:
        """Take out again whom only a hub share has let in."""
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            owners = await rows.owners(connection, room_id)
            query = delete(hub_shares).where(hub_shares.c.room_id == room_id)
            if not (await connection.execute(query)).rowcount:
                raise NotFoundError("no hub share lets anybody into this room")
            await entry_rows.drop(connection, room_id, entries.c.kind == EntryKind.SHARE)
            settled = await entry_rows.settle(connection, room_id, self._now())
            await rows.keep_owned(connection, room_id, owners)
        return settled

    async def shares(self, room_id: RoomId | None = None) -> list[HubShare]:
        """Of all rooms, or of this one."""
        query = (
            select(accounts, hub_shares.c.room_id, hub_shares.c.server_name)
            .join(hub_shares, hub_shares.c.account_id == accounts.c.id)
            .join(rooms, rooms.c.id == hub_shares.c.room_id)
            .where(rooms.c.removed_at.is_(None))
        )
        if room_id is not None:
            query = query.where(hub_shares.c.room_id == room_id)
        async with reading(self._engine) as connection:
            return [
                HubShare(RoomId(row.room_id), account_of(row), row.server_name)
                for row in await connection.execute(query)
            ]

    async def shared_with(
        self, room_id: RoomId, people: Mapping[int, Role], groups: Mapping[str, Role]
    ) -> Settled:
        """The hub shares of this room's server are exactly these."""
        at = self._now()
        wanted = [Entry(EntryKind.SHARE, role, who, seen=True) for who, role in people.items()]
        wanted += [Entry(EntryKind.SHARE, role, group=g, seen=True) for g, role in groups.items()]
        async with writing(self._engine) as connection:
            await rows.lock_groups(connection, groups.keys())
            await rows.lock_room(connection, room_id)
            await entry_rows.drop(connection, room_id, entries.c.kind == EntryKind.SHARE)
            for entry in wanted:
                await entry_rows.put(connection, room_id, entry, at)
            return await entry_rows.settle(connection, room_id, at)
