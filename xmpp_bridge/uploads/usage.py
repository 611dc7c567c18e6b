"""How much of the disk each room takes: its files, and all that was written in its documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.documents import tables as history
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.tables import documents
from xmpp_bridge.storage.engine import reading
from xmpp_bridge.uploads.tables import uploads


class Usage:
    """Adds up when asked; nothing is counted along."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def bytes_of(self, room_ids: Collection[RoomId]) -> Counter[RoomId]:
        """Bytes of each of these rooms; removed documents count, since their history is kept."""
        used: Counter[RoomId] = Counter()
        files = (
            select(uploads.c.room_id, func.sum(uploads.c.size))
            .where(uploads.c.room_id.in_(room_ids))
            .group_by(uploads.c.room_id)
        )
        kept = (
            (history.updates, history.updates.c.data),
            (history.windows, history.windows.c.data),
            (history.snapshots, history.snapshots.c.state),
        )
        queries = [files]
        for table, column in kept:
            queries.append(
                select(documents.c.room_id, func.sum(func.length(column)))
                .join(table, table.c.document_id == documents.c.id)
                .where(documents.c.room_id.in_(room_ids))
                .group_by(documents.c.room_id)
            )
        async with reading(self._engine) as connection:
            for query in queries:
                for room, size in await connection.execute(query):
                    used[room] += int(size)
        return used
