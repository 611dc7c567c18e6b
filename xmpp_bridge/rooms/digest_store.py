"""In which rooms the service tells what has changed in their notebooks, and up to when it has."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.tables import digests, rooms
from xmpp_bridge.storage.engine import reading, writing


class DigestStore:
    """Off, unless an owner of the room has switched it on."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def switch_on(self, room: RoomId, at: datetime) -> None:
        """Tell what changes from now on; switching it on again changes nothing."""
        async with writing(self._engine) as connection:
            query = select(digests.c.room_id).where(digests.c.room_id == room)
            if (await connection.execute(query)).one_or_none() is None:
                await connection.execute(insert(digests).values(room_id=room, told_at=at))

    async def switch_off(self, room: RoomId) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(delete(digests).where(digests.c.room_id == room))

    async def wanted(self) -> dict[RoomId, datetime]:
        """The rooms that want it, and up to when each has been told."""
        query = (
            select(digests)
            .join(rooms, rooms.c.id == digests.c.room_id)
            .where(rooms.c.removed_at.is_(None))
        )
        async with reading(self._engine) as connection:
            return {RoomId(row.room_id): row.told_at for row in await connection.execute(query)}

    async def told(self, room: RoomId, at: datetime) -> None:
        """The room knows what had changed up to then."""
        async with writing(self._engine) as connection:
            await connection.execute(
                update(digests).where(digests.c.room_id == room).values(told_at=at)
            )
