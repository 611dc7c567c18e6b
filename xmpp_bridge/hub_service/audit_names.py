"""What the numbers in entries are called, for pages that auditors read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.audit.filters import Limits
from xmpp_bridge.audit.reading import Kept
from xmpp_bridge.rooms.tables import documents, rooms
from xmpp_bridge.storage.engine import reading

MOST: Final = 1_000
"""To choose from; whoever knows the id of another one may still ask for it."""


class AuditNames:
    """Of what is gone as well: the record outlives it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def rooms(self, limits: Limits) -> list[tuple[str, str]]:
        """Ids and names of the rooms that may be looked at, by their names."""
        query = select(rooms.c.id, rooms.c.name, rooms.c.removed_at)
        query = query.where(*_within(rooms.c.id, limits)).order_by(rooms.c.name).limit(MOST)
        async with reading(self._engine) as connection:
            found = (await connection.execute(query)).all()
        return [(row.id, f"{row.name} (closed)" if row.removed_at else row.name) for row in found]

    async def documents(self, limits: Limits, room: str | None) -> list[tuple[str, str]]:
        """Ids and names of the documents of a room, or of all, by their names."""
        query = select(documents.c.id, documents.c.name).where(
            *_within(documents.c.room_id, limits)
        )
        if room is not None:
            query = query.where(documents.c.room_id == room)
        query = query.order_by(documents.c.name).limit(MOST)
        async with reading(self._engine) as connection:
            return [(row.id, row.name) for row in await connection.execute(query)]

    async def of(self, found: Collection[Kept]) -> Mapping[int | str, str]:
        """Names of the people, rooms and documents in these entries."""
        people = {each.entry[who] for each in found for who in ("account", "about")} - {None}
        async with reading(self._engine) as connection:
            names: dict[int | str, str] = {}
            for column, name, wanted in (
                (accounts.c.id, accounts.c.hub_user, people),
                (rooms.c.id, rooms.c.name, _ids(found, "room")),
                (documents.c.id, documents.c.name, _ids(found, "document")),
            ):
                query = select(column, name).where(column.in_(sorted(wanted)))
                for row in await connection.execute(query):
                    names[row[0]] = row[1]
        return names


def _ids(found: Collection[Kept], of: str) -> set[str]:
    return {each.entry[of] for each in found} - {None}


def _within(room: ColumnElement[str], limits: Limits) -> Sequence[ColumnElement[bool]]:
    return () if limits.rooms is None else (room.in_(sorted(limits.rooms)),)
