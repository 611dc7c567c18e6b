"""The room in which two people write to each other: one for each pair, and never a second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.accounts.store import Account, account_of
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms import entry_rows, recorded, rows
from xmpp_bridge.rooms.identifiers import new_room_id, read_room_name
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Room
from xmpp_bridge.rooms.tables import members, rooms
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError

ROLE = Role.EDITOR
"""Of both: a room of two has no owner, so neither takes the other out or back what they said."""


class DirectRooms:
    """Which pairs have a room."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def companion(self, account_id: int, hub_user: str) -> Account:
        """Somebody with whom this person shares a room; nobody else exists for them."""
        theirs, mine = members.alias(), members.alias()
        query = (
            select(accounts)
            .join(theirs, theirs.c.account_id == accounts.c.id)
            .join(mine, mine.c.room_id == theirs.c.room_id)
            .join(rooms, rooms.c.id == mine.c.room_id)
            .where(
                accounts.c.hub_user == hub_user,
                accounts.c.id != account_id,
                accounts.c.disabled_at.is_(None),
                mine.c.account_id == account_id,
                rooms.c.removed_at.is_(None),
            )
            .limit(1)
        )
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFoundError(f"you share no room with anybody called {hub_user!r}")
        return account_of(row)

    async def between(self, one: Account, other: Account) -> tuple[Room, bool]:
        """Their room, with both in it, and whether it is new."""
        try:
            async with writing(self._engine) as connection:
                return await self._between(connection, one, other)
        except IntegrityError:  # Both asked at once, and the other was first.
            async with writing(self._engine) as connection:
                return await self._between(connection, one, other)

    async def _between(
        self, connection: AsyncConnection, one: Account, other: Account
    ) -> tuple[Room, bool]:
        pair = pair_of(one.id, other.id)
        query = select(rooms).where(rooms.c.direct == pair)
        row = (await connection.execute(query)).one_or_none()
        room, at = None if row is None else rows.room_of(row), self._now()
        if room is None:
            room = Room(new_room_id(), _name_of(one, other), at, is_direct=True)
            await connection.execute(
                insert(rooms).values(
                    id=room.id, name=room.name, created_at=room.created_at, direct=pair
                )
            )
            await recorded.room_changed(connection, at, "created", room.id, direct=pair)
        for person in (one, other):
            await entry_rows.put_person(connection, room.id, person.id, ROLE, self._now())
        await entry_rows.settle(connection, room.id, self._now())
        return room, row is None


def pair_of(one: int, other: int) -> str:
    """Two accounts, whoever of them asks."""
    return f"{min(one, other)}:{max(one, other)}"


def _name_of(one: Account, other: Account) -> str:
    """For clients that know no rooms of two; the lab shows each the name of the other."""
    try:
        return read_room_name(f"{one.display_name}, {other.display_name}")
    except BadPayloadError:
        return read_room_name("Direct messages")
