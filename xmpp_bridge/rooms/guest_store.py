"""People of other servers who are in a room's chat as guests."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.rooms import recorded, rows
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.tables import guests
from xmpp_bridge.storage.engine import reading, writing


class GuestStore:
    """By bare JID. `domains` are the servers that an administrator has chosen: of others there are no guests."""

    def __init__(self, engine: AsyncEngine, domains: Collection[str]) -> None:
        self._engine = engine
        self._domains = frozenset(domains)

    def is_welcome(self, jid: str) -> bool:
        """Whether their server is one of the chosen ones now."""
        return jid.rpartition("@")[2] in self._domains

    async def invite(self, room: RoomId, jid: str, by: int, at: datetime) -> None:
        """Whoever is a guest already stays one; NotFoundError for a room that is gone."""
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room)
            known = select(guests.c.jid).where(guests.c.room_id == room, guests.c.jid == jid)
            if (await connection.execute(known)).one_or_none() is None:
                values = {"room_id": room, "jid": jid, "invited_by": by, "invited_at": at}
                await connection.execute(insert(guests).values(values))
                await recorded.reason_changed(connection, at, "guest-set", room, guest=jid)

    async def dismiss(self, room: RoomId, jid: str, at: datetime) -> bool:
        """False if they are no guest of this room."""
        statement = delete(guests).where(guests.c.room_id == room, guests.c.jid == jid)
        async with writing(self._engine) as connection:
            was_in = bool((await connection.execute(statement)).rowcount)
            if was_in:
                await recorded.reason_changed(connection, at, "guest-removed", room, guest=jid)
            return was_in

    async def of_room(self, room: RoomId) -> list[str]:
        """Their bare JIDs, in the order of their names."""
        query = select(guests.c.jid).where(guests.c.room_id == room).order_by(guests.c.jid)
        async with reading(self._engine) as connection:
            found = list((await connection.execute(query)).scalars())
        return [jid for jid in found if self.is_welcome(jid)]
