"""Steps inside a transaction of `store.py`: rows become values, and rules are kept."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document, Room
from xmpp_bridge.rooms.tables import documents, locks, members, rooms
from xmpp_bridge.xmpp.errors import ConflictError, NotFoundError
from xmpp_bridge.xmpp.stream import Secret

_PASSWORD_BYTES = 32
_GROUPS = 7
"""Of the pairs of numbers that PostgreSQL locks by, those of groups begin with this."""


def new_password() -> Secret:
    """What nobody guesses."""
    return Secret(secrets.token_urlsafe(_PASSWORD_BYTES))


def select_room(room_id: RoomId) -> Select[Any]:
    """The room, unless it has been removed."""
    return select(rooms).where(rooms.c.id == room_id, rooms.c.removed_at.is_(None))


def select_documents(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Documents which have not been removed, oldest first."""
    return (
        select(documents)
        .where(documents.c.removed_at.is_(None), *conditions)
        .order_by(documents.c.created_at, documents.c.id)
    )


def select_readable(account_id: int) -> Select[Any]:
    """What this person may read, with their role in its room, and since when it is locked if it is."""
    return (
        select_documents(members.c.account_id == account_id, accounts.c.disabled_at.is_(None))
        .add_columns(members.c.role, locks.c.at.label("locked_at"))
        .join(members, members.c.room_id == documents.c.room_id)
        .join(accounts, accounts.c.id == members.c.account_id)
        .outerjoin(locks, locks.c.document_id == documents.c.id)
    )


async def is_locked(connection: AsyncConnection, document_id: DocumentId) -> bool:
    """Whether nobody may type in it."""
    query = select(locks.c.at).where(locks.c.document_id == document_id)
    return (await connection.execute(query)).first() is not None


async def lock_groups(connection: AsyncConnection, groups: Iterable[str]) -> None:
    """Nobody else changes who is in these hub groups, or what they open, until this transaction ends.

    Comes before the lock of any room. Without it, two transactions on PostgreSQL miss each other: one puts somebody
    into a group that no room lets in yet, the other lets in a group that they are not in yet.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time.
        for key in sorted({zlib.crc32(group.encode()) for group in groups}):
            await connection.execute(select(func.pg_advisory_xact_lock(_GROUPS, key - 2**31)))


async def lock_room(connection: AsyncConnection, room_id: RoomId) -> Room:
    """The room, which nobody else changes until this transaction ends."""
    row = (await connection.execute(select_room(room_id).with_for_update())).one_or_none()
    if row is None:
        raise NotFoundError("no such room")
    return room_of(row)


def select_owned_rooms() -> Select[Any]:
    """Ids of rooms with somebody in them who may manage them now."""
    return (
        select(members.c.room_id)
        .join(accounts, accounts.c.id == members.c.account_id)
        .where(members.c.role == Role.OWNER, accounts.c.disabled_at.is_(None))
    )


async def owners(connection: AsyncConnection, room_id: RoomId) -> int:
    """How many people could manage the room now."""
    query = (
        select(func.count())
        .select_from(members.join(accounts, accounts.c.id == members.c.account_id))
        .where(
            members.c.room_id == room_id,
            members.c.role == Role.OWNER,
            accounts.c.disabled_at.is_(None),
        )
    )
    return int((await connection.execute(query)).scalar_one())


async def keep_owned(connection: AsyncConnection, room_id: RoomId, before: int) -> None:
    """Refuse a change which leaves a room that had owners without one."""
    if before and not await owners(connection, room_id):
        raise ConflictError("a room keeps at least one owner")


async def rotate_passwords(
    connection: AsyncConnection, condition: ColumnElement[bool]
) -> list[Document]:
    """Give each of these documents a password of its own that nobody has heard yet."""
    found = [row.id for row in await connection.execute(select_documents(condition))]
    for document_id in found:
        await connection.execute(
            update(documents).where(documents.c.id == document_id).values(password=new_password())
        )
    rows = await connection.execute(select_documents(documents.c.id.in_(found)))
    return [document_of(row) for row in rows]


def room_of(row: Row[Any]) -> Room:
    """The room in a row which holds all columns of `rooms`."""
    return Room(row.id, row.name, row.created_at, is_direct=row.direct is not None)


def document_of(row: Row[Any]) -> Document:
    """The document in a row which holds all columns of `documents`."""
    return Document(
        id=row.id,
        room_id=row.room_id,
        name=row.name,
        type=row.type,
        format=row.format,
        creator_id=row.creator_id,
        password=Secret(row.password),
        created_at=row.created_at,
        born=row.born_at is not None,
    )
