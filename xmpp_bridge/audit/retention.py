"""Content is destroyed, and its proof stays; what is held is not destroyed, not even after its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.recording import record
from xmpp_bridge.audit.tables import contents, entries, holds, words
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError

EXPIRING: Final = (Kind.CHAT, Kind.EDIT, Kind.UPLOAD)
"""What people have written: it goes after its time. Who did what stays."""
KEPT: Final = (Kind.DESTRUCTION, Kind.HOLD, Kind.AUDIT)
"""What nobody destroys: it says what was destroyed, and who has looked."""
AT_ONCE: Final = 500
Also = Callable[[AsyncConnection, Sequence[int]], Awaitable[None]]
"""What else goes with the content of these entries, while it can still be read."""
_LOCK: Final = int.from_bytes(b"holds")


@dataclass(frozen=True)
class Hold:
    """Until it is lifted, everything of a room or of a person stays."""

    id: int
    room: str | None
    account: int | None
    reason: str
    placed_at: datetime


class Retention:
    """Who may do this is decided before."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def destroy(
        self, positions: Collection[int], reason: str, also: Also | None = None
    ) -> list[int]:
        """Destroy the content of these entries, and say which of them had one that nothing holds."""
        wanted = entries.c.position.in_(sorted(set(positions))) & entries.c.kind.not_in(KEPT)
        async with writing(self._engine) as connection:
            return await _destroy(connection, wanted, reason, len(set(positions)), also)

    async def expire(self, before: datetime) -> int:
        """Destroy what people wrote before that moment, and say of how many entries."""
        total = 0
        old = (entries.c.at < before) & entries.c.kind.in_(EXPIRING)
        while True:
            async with writing(self._engine) as connection:
                gone = await _destroy(connection, old, "its time is over", AT_ONCE)
            total += len(gone)
            if len(gone) < AT_ONCE:
                return total

    async def hold(self, room: str | None, account: int | None, reason: str, at: datetime) -> int:
        """Let nothing of this room, or of this person, be destroyed; returns the number of the hold."""
        if (room is None) == (account is None) or not reason.strip():
            raise BadPayloadError("a hold is of a room or of a person, and has a reason")
        values = {"room_id": room, "account_id": account, "reason": reason, "placed_at": at}
        async with writing(self._engine) as connection:
            await _lock(connection)
            added = insert(holds).values(values).returning(holds.c.id)
            number = int((await connection.execute(added)).scalar_one())
            await _record_hold(connection, "placed", number, room, account, reason)
        return number

    async def lift(self, number: int, reason: str, at: datetime) -> None:
        """End a hold. Raises NotFoundError if there is none."""
        this = (holds.c.id == number) & holds.c.lifted_at.is_(None)
        async with writing(self._engine) as connection:
            await _lock(connection)
            lifted = update(holds).where(this).values(lifted_at=at).returning(holds)
            row = (await connection.execute(lifted)).one_or_none()
            if row is None:
                raise NotFoundError("there is no such hold")
            await _record_hold(connection, "lifted", number, row.room_id, row.account_id, reason)

    async def holds(self) -> list[Hold]:
        """Those that are in force, oldest first."""
        query = select(holds).where(holds.c.lifted_at.is_(None)).order_by(holds.c.id)
        async with reading(self._engine) as connection:
            return [
                Hold(row.id, row.room_id, row.account_id, row.reason, row.placed_at)
                for row in await connection.execute(query)
            ]


async def _destroy(
    connection: AsyncConnection,
    wanted: ColumnElement[bool],
    reason: str,
    most: int,
    also: Also | None = None,
) -> list[int]:
    await _lock(connection)
    if connection.dialect.name == "sqlite":
        # Else what is deleted can still be read in the file (sqlite.org/pragma.html#pragma_secure_delete).
        await connection.execute(text("PRAGMA secure_delete=ON"))
    query = (
        select(entries.c.position)
        .join(contents, contents.c.position == entries.c.position)
        .where(wanted, ~_held())
        .order_by(entries.c.position)
        .limit(most)
    )
    gone = list((await connection.execute(query)).scalars())
    for some in _chunks(gone):
        if also is not None:
            await also(connection, some)
        await connection.execute(delete(contents).where(contents.c.position.in_(some)))
        await connection.execute(delete(words).where(words.c.position.in_(some)))
        content = {"entries": some, "reason": reason}
        await record(connection, [Event(Kind.DESTRUCTION, "destroyed", content=content)])
    return gone


def _held() -> ColumnElement[bool]:
    in_force = holds.c.lifted_at.is_(None)
    rooms = select(holds.c.room_id).where(in_force, holds.c.room_id.is_not(None))
    people = select(holds.c.account_id).where(in_force, holds.c.account_id.is_not(None))
    columns = (
        (entries.c.room_id, rooms),
        (entries.c.account_id, people),
        (entries.c.about_id, people),
    )
    # Of an empty column nobody knows whether it is in a list, and NOT of that is nothing, too.
    return or_(*(column.is_not(None) & column.in_(held) for column, held in columns))


async def _record_hold(
    connection: AsyncConnection,
    action: str,
    number: int,
    room: str | None,
    account: int | None,
    reason: str,
) -> None:
    content = {"hold": number, "reason": reason}
    event = Event(Kind.HOLD, action, about=account, room=room, content=content)
    await record(connection, [event])


async def _lock(connection: AsyncConnection) -> None:
    """A hold that is being placed is waited for, so that nothing goes which it would have kept."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _chunks(positions: Sequence[int]) -> list[Sequence[int]]:
    return [positions[at : at + AT_ONCE] for at in range(0, len(positions), AT_ONCE)]
