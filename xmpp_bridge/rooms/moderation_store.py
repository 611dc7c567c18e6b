"""Bans, mutes, locks and heirs: each verb one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account, account_of
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms import entry_rows, recorded, rows
from xmpp_bridge.rooms.entry import Lock, Restricted, Restriction, Settled
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.tables import documents, heirs, locks, restrictions, rooms
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import ConflictError, NotFoundError


class ModerationStore:
    """What owners put on people and documents, for a time or for good."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def restrict(
        self,
        room_id: RoomId,
        account_id: int,
        kind: Restriction,
        reason: str,
        until: datetime | None,
        by: Account,
    ) -> Settled:
        """Ban or mute somebody, in place of an earlier word on the same; never the last owner."""
        at = self._now()
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            owners = await rows.owners(connection, room_id)
            await connection.execute(delete(restrictions).where(_on(room_id, account_id, kind)))
            await connection.execute(
                insert(restrictions).values(
                    room_id=room_id,
                    account_id=account_id,
                    kind=kind,
                    reason=reason,
                    until=until,
                    by_id=by.id,
                    at=at,
                )
            )
            await recorded.reason_changed(
                connection,
                at,
                str(kind),
                room_id,
                account_id,
                reason=reason,
                until=until and until.isoformat(),
            )
            settled = await entry_rows.settle(connection, room_id, at)
            await rows.keep_owned(connection, room_id, owners)
        return settled

    async def lift(self, room_id: RoomId, account_id: int, kind: Restriction) -> Settled:
        """Take a ban or a mute back; who was in before the ban is in again."""
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            taken = await connection.execute(
                delete(restrictions).where(_on(room_id, account_id, kind))
            )
            if not taken.rowcount:
                raise NotFoundError(f"there is no {kind} on them in this room")
            at = self._now()
            await recorded.reason_changed(connection, at, f"{kind}-lifted", room_id, account_id)
            return await entry_rows.settle(connection, room_id, at)

    async def lapse(self) -> list[Settled]:
        """End every ban and mute whose time is over, and say in which rooms."""
        at = self._now()
        over = restrictions.c.until <= at
        query = select(restrictions.c.room_id).where(over).distinct()
        async with reading(self._engine) as connection:
            concerned = sorted((await connection.execute(query)).scalars())
        settled = []
        for room_id in concerned:
            async with writing(self._engine) as connection:
                mine = restrictions.c.room_id == room_id
                await connection.execute(delete(restrictions).where(mine, over))
                if (await connection.execute(rows.select_room(room_id))).first() is not None:
                    settled.append(await entry_rows.settle(connection, room_id, at))
        return settled

    async def restricted(self, room_id: RoomId) -> list[Restricted]:
        """Who is banned or muted in this room now."""
        query = _select_restricted().where(restrictions.c.room_id == room_id)
        now = self._now()
        async with reading(self._engine) as connection:
            found = (await connection.execute(query)).all()
            authors = {row.by_id for row in found}
            by = select(accounts).where(accounts.c.id.in_(authors))
            people = {row.id: account_of(row) for row in await connection.execute(by)}
        every = [_restricted_of(row, people[row.by_id]) for row in found]
        return [each for each in every if each.holds(now)]

    async def muted(self, room_id: RoomId) -> frozenset[int]:
        """Who may not speak in this room's chat now."""
        query = select(restrictions.c.account_id).where(
            restrictions.c.room_id == room_id,
            restrictions.c.kind == Restriction.MUTE,
            or_(restrictions.c.until.is_(None), restrictions.c.until > self._now()),
        )
        async with reading(self._engine) as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def transfer(self, room_id: RoomId, owner: Account, heir: Account) -> Settled:
        """One is owner from now on, the other an editor."""
        at = self._now()
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            if await entry_rows.role_now(connection, room_id, heir.id) is None:
                raise ConflictError("a room is handed to one of its members: let them in first")
            for person, role in ((heir, Role.OWNER), (owner, Role.EDITOR)):
                await entry_rows.put_person(connection, room_id, person.id, role, at, owner.id)
            return await entry_rows.settle(connection, room_id, at)

    async def set_heir(self, room_id: RoomId, account_id: int | None) -> None:
        """Who gets the room when its last owner has left the hub; None for whom an admin is."""
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            await connection.execute(delete(heirs).where(heirs.c.room_id == room_id))
            if account_id is not None:
                if await entry_rows.role_now(connection, room_id, account_id) is None:
                    raise ConflictError("an heir is a member of the room: let them in first")
                await connection.execute(
                    insert(heirs).values(room_id=room_id, account_id=account_id)
                )

    async def heir(self, room_id: RoomId) -> Account | None:
        """Who was named."""
        query = (
            select(accounts)
            .join(heirs, heirs.c.account_id == accounts.c.id)
            .where(heirs.c.room_id == room_id)
        )
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else account_of(row)

    async def lock(self, document_id: DocumentId, by: Account, reason: str) -> None:
        """Nobody types in the document from now on."""
        async with writing(self._engine) as connection:
            query = rows.select_documents(documents.c.id == document_id)
            if (await connection.execute(query)).first() is None:
                raise NotFoundError("no such document")
            await connection.execute(delete(locks).where(locks.c.document_id == document_id))
            at = self._now()
            await connection.execute(
                insert(locks).values(document_id=document_id, reason=reason, by_id=by.id, at=at)
            )
            await recorded.lock_changed(connection, at, "locked", document_id, reason=reason)

    async def unlock(self, document_id: DocumentId) -> None:
        """Everybody may do again what their role lets them."""
        async with writing(self._engine) as connection:
            query = delete(locks).where(locks.c.document_id == document_id)
            if not (await connection.execute(query)).rowcount:
                raise NotFoundError("the document is not locked")
            await recorded.lock_changed(connection, self._now(), "unlocked", document_id)

    async def locked(self, document_ids: Collection[DocumentId]) -> dict[DocumentId, Lock]:
        """Which of these are locked, by whom and why."""
        query = (
            select(accounts, locks.c.document_id, locks.c.reason, locks.c.at)
            .join(locks, locks.c.by_id == accounts.c.id)
            .where(locks.c.document_id.in_(document_ids))
        )
        async with reading(self._engine) as connection:
            return {
                row.document_id: Lock(account_of(row), row.at, row.reason)
                for row in await connection.execute(query)
            }

    async def ownerless(self) -> list[RoomId]:
        """Rooms of several people whose owners have all left the hub."""
        owned = rows.select_owned_rooms()
        query = select(rooms.c.id).where(
            rooms.c.removed_at.is_(None), rooms.c.direct.is_(None), rooms.c.id.not_in(owned)
        )
        async with reading(self._engine) as connection:
            return [RoomId(room) for room in (await connection.execute(query)).scalars()]


def _on(room_id: RoomId, account_id: int, kind: Restriction) -> Any:
    return (
        (restrictions.c.room_id == room_id)
        & (restrictions.c.account_id == account_id)
        & (restrictions.c.kind == kind)
    )


def _select_restricted() -> Select[Any]:
    columns = (getattr(restrictions.c, name) for name in ("kind", "reason", "until", "by_id", "at"))
    return (
        select(accounts, *columns)
        .join(restrictions, restrictions.c.account_id == accounts.c.id)
        .order_by(accounts.c.hub_user)
    )


def _restricted_of(row: Row[Any], by: Account) -> Restricted:
    return Restricted(account_of(row), row.kind, row.reason, row.until, by, row.at)
