"""All rooms, for those who look after the hub; and how much there may be of what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms import entry_rows, rows
from xmpp_bridge.rooms.entry import Settled
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Room
from xmpp_bridge.rooms.tables import documents, members, quotas, restrictions, rooms
from xmpp_bridge.storage.engine import reading, writing


class Quota(StrEnum):
    """What there may be only so much of."""

    ROOMS = "rooms_per_person"
    DOCUMENTS = "documents_per_room"
    BYTES = "bytes_per_room"


@dataclass(frozen=True)
class Overview:
    """A room from outside: nothing of what is in it."""

    room: Room
    owners: tuple[str, ...]
    people: int
    documents: int


class OversightStore:
    """Reads every room; changes owners and quotas."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def find(self, text: str, offset: int, limit: int) -> tuple[list[Overview], int]:
        """Rooms called so or owned by somebody called so, newest first, and how many there are."""
        owned = (
            select(members.c.room_id)
            .join(accounts, accounts.c.id == members.c.account_id)
            .where(members.c.role == Role.OWNER, accounts.c.hub_user == text)
        )
        named = func.lower(rooms.c.name).contains(text.lower(), autoescape=True)
        wanted = (
            rooms.c.removed_at.is_(None),
            rooms.c.direct.is_(None),
            or_(named, rooms.c.id == text, rooms.c.id.in_(owned)),
        )
        page = select(rooms).where(*wanted).order_by(rooms.c.created_at.desc(), rooms.c.id)
        count = select(func.count()).select_from(rooms).where(*wanted)
        async with reading(self._engine) as connection:
            total = int((await connection.execute(count)).scalar_one())
            found = await connection.execute(page.offset(offset).limit(limit))
            chosen = [rows.room_of(row) for row in found]
        return await self._overviews(chosen), total

    async def _overviews(self, chosen: list[Room]) -> list[Overview]:
        ids = [room.id for room in chosen]
        people = (
            select(members.c.room_id, func.count())
            .where(members.c.room_id.in_(ids))
            .group_by(members.c.room_id)
        )
        held = (
            select(documents.c.room_id, func.count())
            .where(documents.c.room_id.in_(ids), documents.c.removed_at.is_(None))
            .group_by(documents.c.room_id)
        )
        owners = (
            select(members.c.room_id, accounts.c.hub_user)
            .join(accounts, accounts.c.id == members.c.account_id)
            .where(
                members.c.room_id.in_(ids),
                members.c.role == Role.OWNER,
                accounts.c.disabled_at.is_(None),
            )
            .order_by(accounts.c.hub_user)
        )
        named: defaultdict[str, list[str]] = defaultdict(list)
        async with reading(self._engine) as connection:
            heads = {room: int(count) for room, count in await connection.execute(people)}
            files = {room: int(count) for room, count in await connection.execute(held)}
            for room, hub_user in await connection.execute(owners):
                named[room].append(hub_user)
        return [
            Overview(room, tuple(named[room.id]), heads.get(room.id, 0), files.get(room.id, 0))
            for room in chosen
        ]

    async def make_owner(self, room_id: RoomId, account_id: int, by: int | None) -> Settled:
        """Whoever the hub's administrators, or its absence, made this person an owner; no ban is in their way."""
        at = self._now()
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            theirs = (restrictions.c.room_id == room_id) & (restrictions.c.account_id == account_id)
            await connection.execute(delete(restrictions).where(theirs))
            await entry_rows.put_person(connection, room_id, account_id, Role.OWNER, at, by)
            return await entry_rows.settle(connection, room_id, at)

    async def quotas(self) -> dict[Quota, int]:
        """What is limited, to how much."""
        async with reading(self._engine) as connection:
            found = await connection.execute(select(quotas))
            return {Quota(row.name): int(row.most) for row in found if row.name in set(Quota)}

    async def set_quotas(self, wanted: Mapping[Quota, int | None]) -> None:
        """Limit these, or no longer; what is over a new limit stays."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(quotas).where(quotas.c.name.in_(list(wanted))))
            new = [
                {"name": q.value, "most": most} for q, most in wanted.items() if most is not None
            ]
            if new:
                await connection.execute(insert(quotas), new)

    async def owned_by(self, account_id: int) -> int:
        """How many rooms this person owns."""
        query = (
            select(func.count())
            .select_from(members.join(rooms, rooms.c.id == members.c.room_id))
            .where(
                members.c.account_id == account_id,
                members.c.role == Role.OWNER,
                rooms.c.removed_at.is_(None),
                rooms.c.direct.is_(None),
            )
        )
        async with reading(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def documents_in(self, room_ids: Collection[RoomId]) -> int:
        """How many documents these rooms hold."""
        query = (
            select(func.count())
            .select_from(documents)
            .where(documents.c.room_id.in_(room_ids), documents.c.removed_at.is_(None))
        )
        async with reading(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())
