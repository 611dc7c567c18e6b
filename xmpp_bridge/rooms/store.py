"""Rooms, members and documents: each verb one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.elements import ColumnElement

from xmpp_bridge.accounts.store import Account, account_of
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms import rows
from xmpp_bridge.rooms.identifiers import (
    DocumentId,
    RoomId,
    new_document_id,
    new_room_id,
    read_document_name,
    read_room_name,
)
from xmpp_bridge.rooms.membership import Role, role_of
from xmpp_bridge.rooms.room import Document, DocumentFormat, DocumentType, Member, Room
from xmpp_bridge.rooms.tables import documents, members, rooms
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import NotFoundError


class RoomStore:
    """The only truth about rooms, which MUC rooms project; who may ask for what is decided before."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def create_room(self, name: str, owner: int) -> Room:
        """A room with one owner in it."""
        room = Room(new_room_id(), read_room_name(name), self._now())
        async with writing(self._engine) as connection:
            await connection.execute(
                insert(rooms).values(id=room.id, name=room.name, created_at=room.created_at)
            )
            await rows.set_role(connection, room.id, owner, Role.OWNER)
        return room

    async def rename_room(self, room_id: RoomId, name: str) -> Room:
        """The room under its new name."""
        new_name = read_room_name(name)
        async with writing(self._engine) as connection:
            room = await rows.lock_room(connection, room_id)
            await connection.execute(
                update(rooms).where(rooms.c.id == room_id).values(name=new_name)
            )
        return Room(room.id, new_name, room.created_at)

    async def delete_room(self, room_id: RoomId) -> list[Document]:
        """Remove the room with its documents, and say which those were."""
        at = self._now()
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            query = rows.select_documents(documents.c.room_id == room_id)
            removed = [rows.document_of(row) for row in await connection.execute(query)]
            await connection.execute(
                update(documents)
                .where(documents.c.room_id == room_id, documents.c.removed_at.is_(None))
                .values(removed_at=at)
            )
            await connection.execute(
                update(rooms).where(rooms.c.id == room_id).values(removed_at=at)
            )
        return removed

    async def room(self, room_id: RoomId) -> Room | None:
        """The room, unless it has been removed."""
        async with reading(self._engine) as connection:
            row = (await connection.execute(rows.select_room(room_id))).one_or_none()
        return None if row is None else rows.room_of(row)

    async def all_rooms(self) -> list[Room]:
        """Every room there is."""
        query = select(rooms).where(rooms.c.removed_at.is_(None)).order_by(rooms.c.created_at)
        async with reading(self._engine) as connection:
            return [rows.room_of(row) for row in await connection.execute(query)]

    async def rooms_with(self, account_id: int) -> list[RoomId]:
        """Where this person is a member, known to the hub or not."""
        query = (
            select(rooms.c.id)
            .join(members, members.c.room_id == rooms.c.id)
            .where(members.c.account_id == account_id, rooms.c.removed_at.is_(None))
        )
        async with reading(self._engine) as connection:
            return [RoomId(room) for room in (await connection.execute(query)).scalars()]

    async def rooms_of(self, account_id: int) -> list[tuple[Room, Role]]:
        """Where this person is a member, oldest first."""
        query = (
            select(rooms, members.c.role)
            .join(members, members.c.room_id == rooms.c.id)
            .join(accounts, accounts.c.id == members.c.account_id)
            .where(
                members.c.account_id == account_id,
                accounts.c.disabled_at.is_(None),
                rooms.c.removed_at.is_(None),
            )
            .order_by(rooms.c.created_at, rooms.c.id)
        )
        async with reading(self._engine) as connection:
            return [(rows.room_of(row), row.role) for row in await connection.execute(query)]

    async def members(self, room_id: RoomId) -> list[Member]:
        """Everybody who may be in the room now, in the order of their names."""
        return (await self.members_of([room_id]))[room_id]

    async def members_of(self, room_ids: Collection[RoomId]) -> dict[RoomId, list[Member]]:
        """The members of each of these rooms."""
        query = (
            select(accounts, members.c.role, members.c.room_id)
            .join(members, members.c.account_id == accounts.c.id)
            .join(rooms, rooms.c.id == members.c.room_id)
            .where(
                rooms.c.id.in_(room_ids),
                rooms.c.removed_at.is_(None),
                accounts.c.disabled_at.is_(None),
            )
            .order_by(accounts.c.hub_user)
        )
        found: dict[RoomId, list[Member]] = {room_id: [] for room_id in room_ids}
        async with reading(self._engine) as connection:
            for row in await connection.execute(query):
                found[row.room_id].append(Member(account_of(row), row.role))
        return found

    async def people_around(self, account_id: int, hub_user: str | None = None) -> list[Account]:
        """Everybody who shares a room with this person, themselves too; or only who is called so."""
        mine = select(members.c.room_id).where(members.c.account_id == account_id)
        around = (
            select(members.c.account_id)
            .join(rooms, rooms.c.id == members.c.room_id)
            .where(members.c.room_id.in_(mine), rooms.c.removed_at.is_(None))
        )
        named = () if hub_user is None else (accounts.c.hub_user == hub_user,)
        query = select(accounts).where(
            accounts.c.id.in_(around), accounts.c.disabled_at.is_(None), *named
        )
        async with reading(self._engine) as connection:
            return [account_of(row) for row in await connection.execute(query)]

    async def role_in_room(self, room_id: RoomId, account_id: int) -> Role | None:
        """What this person may do in the room; None for whom it does not exist."""
        return await self._role(account_id, rooms.c.id == room_id)

    async def set_member(self, room_id: RoomId, account_id: int, role: Role) -> None:
        """Give this person exactly this role, unless the room would lose its last owner."""
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            before = await rows.owners(connection, room_id)
            await rows.set_role(connection, room_id, account_id, role)
            await rows.keep_owned(connection, room_id, before)

    async def remove_member(self, room_id: RoomId, account_id: int) -> list[Document]:
        """Take this person out, and return the room's documents with their new passwords.

        Who was in a MUC room before can come back with the old one, even when outcast.
        """
        mine = (members.c.room_id == room_id) & (members.c.account_id == account_id)
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            before = await rows.owners(connection, room_id)
            if not (await connection.execute(delete(members).where(mine))).rowcount:
                raise NotFoundError("not a member of this room")
            await rows.keep_owned(connection, room_id, before)
            return await rows.rotate_passwords(connection, documents.c.room_id == room_id)

    async def shut_out(self, account_id: int) -> list[Document]:
        """Return the documents this person could open, with new passwords; they stay a member.

        For somebody whom the hub does not know any more: it may come to know them again.
        """
        theirs = select(members.c.room_id).where(members.c.account_id == account_id)
        async with writing(self._engine) as connection:
            return await rows.rotate_passwords(connection, documents.c.room_id.in_(theirs))

    async def add_document(
        self,
        room_id: RoomId,
        name: str,
        document_type: DocumentType,
        document_format: DocumentFormat,
        creator: int,
    ) -> Document:
        """A document without history, which only its creator may begin."""
        document_id, file_name = new_document_id(), read_document_name(name)
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            row = await connection.execute(
                insert(documents)
                .values(
                    id=document_id,
                    room_id=room_id,
                    name=file_name,
                    type=document_type,
                    format=document_format,
                    creator_id=creator,
                    password=rows.new_password(),
                    created_at=self._now(),
                )
                .returning(documents)
            )
            return rows.document_of(row.one())

    async def remove_document(self, document_id: DocumentId) -> None:
        """Take the document out of its room; what was written stays in the database."""
        async with writing(self._engine) as connection:
            removed = await connection.execute(
                update(documents)
                .where(documents.c.id == document_id, documents.c.removed_at.is_(None))
                .values(removed_at=self._now())
            )
            if not removed.rowcount:
                raise NotFoundError("no such document")

    async def document(self, document_id: DocumentId) -> Document | None:
        """The document, unless it has been removed."""
        found = await self._documents(documents.c.id == document_id)
        return found[0] if found else None

    async def documents(self) -> list[Document]:
        """Every document there is."""
        return await self._documents()

    async def documents_of_room(self, room_id: RoomId) -> list[Document]:
        """What the members of this room edit."""
        return await self._documents(documents.c.room_id == room_id)

    async def documents_in(self, room_ids: Collection[RoomId]) -> dict[RoomId, list[Document]]:
        """What the members of each of these rooms edit."""
        found: dict[RoomId, list[Document]] = {room_id: [] for room_id in room_ids}
        for document in await self._documents(documents.c.room_id.in_(room_ids)):
            found[document.room_id].append(document)
        return found

    async def documents_of_account(self, account_id: int) -> list[tuple[Document, Role]]:
        """What this person may read, and whether they may do more."""
        query = (
            rows.select_documents(
                members.c.account_id == account_id, accounts.c.disabled_at.is_(None)
            )
            .add_columns(members.c.role)
            .join(members, members.c.room_id == documents.c.room_id)
            .join(accounts, accounts.c.id == members.c.account_id)
        )
        async with reading(self._engine) as connection:
            return [(rows.document_of(row), row.role) for row in await connection.execute(query)]

    async def role_in_document(self, document_id: DocumentId, account_id: int) -> Role | None:
        """What this person may do with the document; None for whom it does not exist."""
        room = select(documents.c.room_id).where(
            documents.c.id == document_id, documents.c.removed_at.is_(None)
        )
        return await self._role(account_id, rooms.c.id == room.scalar_subquery())

    async def rotate_password(self, document_id: DocumentId) -> Document:
        """The document with a password that nobody has heard yet."""
        async with writing(self._engine) as connection:
            changed = await rows.rotate_passwords(connection, documents.c.id == document_id)
        if not changed:
            raise NotFoundError("no such document")
        return changed[0]

    async def born(self, document_id: DocumentId) -> bool:
        """Note that the document has a history now; False when it had one before."""
        async with writing(self._engine) as connection:
            changed = await connection.execute(
                update(documents)
                .where(documents.c.id == document_id, documents.c.born_at.is_(None))
                .values(born_at=self._now())
            )
            return bool(changed.rowcount)

    async def _documents(self, *conditions: ColumnElement[bool]) -> list[Document]:
        async with reading(self._engine) as connection:
            found = await connection.execute(rows.select_documents(*conditions))
            return [rows.document_of(row) for row in found]

    async def _role(self, account_id: int, condition: ColumnElement[bool]) -> Role | None:
        query = (
            select(members.c.role)
            .join(rooms, rooms.c.id == members.c.room_id)
            .join(accounts, accounts.c.id == members.c.account_id)
            .where(
                condition,
                rooms.c.removed_at.is_(None),
                members.c.account_id == account_id,
                accounts.c.disabled_at.is_(None),
            )
        )
        async with reading(self._engine) as connection:
            return role_of((await connection.execute(query)).scalars())
