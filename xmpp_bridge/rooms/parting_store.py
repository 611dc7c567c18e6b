"""From whom rooms take files back: each verb one transaction, and a step of the one that takes people out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.rooms import recorded, rows
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.parting import LeaversFiles, Parted
from xmpp_bridge.rooms.tables import documents, partings, rooms, take_backs
from xmpp_bridge.storage.engine import reading, writing


class PartingStore:
    """Nothing is taken back from who left by themselves, nor from whom the hub does not know any more."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def choose(self, room_id: RoomId, files: LeaversFiles, by: int) -> None:
        """For whoever is taken out from now on."""
        at = self._now()
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            await connection.execute(delete(take_backs).where(take_backs.c.room_id == room_id))
            if files is LeaversFiles.REMOVE:
                values = {"room_id": room_id, "by_id": by, "at": at}
                await connection.execute(insert(take_backs).values(values))
            await recorded.room_changed(
                connection, at, "leavers-files", room_id, files=str(files), by=by
            )

    async def chosen(self, room_id: RoomId) -> LeaversFiles:
        """What the owners have chosen."""
        async with reading(self._engine) as connection:
            takes_back = await _takes_back(connection, room_id)
        return LeaversFiles.REMOVE if takes_back else LeaversFiles.KEEP

    async def of(self, account_id: int) -> list[Parted]:
        """What this person was taken out of, and has not come back to, whose files are to go."""
        query = (
            select(documents.c.id, documents.c.name, rooms.c.name.label("room"))
            .join(rooms, rooms.c.id == documents.c.room_id)
            .join(partings, partings.c.room_id == rooms.c.id)
            .where(partings.c.account_id == account_id, documents.c.removed_at.is_(None))
            .where(rooms.c.removed_at.is_(None))
            .order_by(documents.c.id)
        )
        async with reading(self._engine) as connection:
            return [
                Parted(DocumentId(row.id), row.name, row.room)
                for row in await connection.execute(query)
            ]


async def note(
    connection: AsyncConnection,
    room_id: RoomId,
    gone: Collection[int],
    come: Collection[int],
    at: datetime,
) -> None:
    """In the transaction which takes people out of a room or lets them in."""
    await forget(connection, room_id, [*gone, *come])
    if gone and await _takes_back(connection, room_id):
        found = [{"room_id": room_id, "account_id": each, "at": at} for each in gone]
        await connection.execute(insert(partings), found)


async def forget(connection: AsyncConnection, room_id: RoomId, people: Collection[int]) -> None:
    """Their files are theirs."""
    if people:
        theirs = (partings.c.room_id == room_id) & (partings.c.account_id == bindparam("who"))
        found = [{"who": each} for each in people]
        await connection.execute(delete(partings).where(theirs), found)


async def _takes_back(connection: AsyncConnection, room_id: RoomId) -> bool:
    query = select(take_backs.c.room_id).where(take_backs.c.room_id == room_id)
    return (await connection.execute(query)).first() is not None
