"""Rooms, members and documents: each verb one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.elements import ColumnElement

from xmpp_bridge.accounts.store import Account, account_of
from xmpp_bridge.accounts.tables import accounts, leases
from xmpp_bridge.rooms import entry_rows, parting_store, recorded, rows
from xmpp_bridge.rooms.entry import Settled
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
from xmpp_bridge.rooms.tables import documents, entries, members, rooms
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import ConflictError, NotFoundError


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
            at = room.created_at
            await recorded.room_changed(connection, at, "created", room.id, name=room.name)
            await entry_rows.put_person(connection, room.id, owner, Role.OWNER, at)
            await entry_rows.settle(connection, room.id, at)
        return room

    async def rename_room(self, room_id: RoomId, name: str) -> Room:
        """The room under its new name."""
        new_name = read_room_name(name)
        async with writing(self._engine) as connection:
            room = await rows.lock_room(connection, room_id)
            await connection.execute(
                update(rooms).where(rooms.c.id == room_id).values(name=new_name)
            )
            await recorded.room_changed(connection, self._now(), "renamed", room_id, name=new_name)
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
            await recorded.documents_changed(connection, at, "removed", removed)
            await recorded.room_changed(connection, at, "removed", room_id)
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

    async def set_member(
        self, room_id: RoomId, account_id: int, role: Role, by: int | None = None
    ) -> Settled:
        """Give this person this role by name, unless the room would lose its last owner."""
        at = self._now()
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            before = await rows.owners(connection, room_id)
            await entry_rows.put_person(connection, room_id, account_id, role, at, by)
            settled = await entry_rows.settle(connection, room_id, at)
            await rows.keep_owned(connection, room_id, before)
        return settled

    async def remove_member(
        self, room_id: RoomId, account_id: int, *, leaves: bool = False
    ) -> Settled:
        """Take this person out, or let them leave with their files; the room's documents have new passwords then.

        Whom a group lets in stays in: then it is refused.
        """
        mine = (members.c.room_id == room_id) & (members.c.account_id == account_id)
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            before = await rows.owners(connection, room_id)
            if (await connection.execute(select(members).where(mine))).first() is None:
                raise NotFoundError("not a member of this room")
            await entry_rows.drop(connection, room_id, entries.c.account_id == account_id)
            settled = await entry_rows.settle(connection, room_id, self._now())
            if account_id in settled.after:
                raise ConflictError(
                    "a hub group lets them in: ban them, or take the group out of the room"
                )
            await rows.keep_owned(connection, room_id, before)
            if leaves:
                await parting_store.forget(connection, room_id, [account_id])
        return settled

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
            document = rows.document_of(row.one())
            at = document.created_at
            await recorded.documents_changed(connection, at, "added", [document])
        return document

    async def remove_document(self, document_id: DocumentId) -> None:
        """Take the document out of its room; what was written stays in the database."""
        at = self._now()
        async with writing(self._engine) as connection:
            removed = await connection.execute(
                update(documents)
                .where(documents.c.id == document_id, documents.c.removed_at.is_(None))
                .values(removed_at=at)
                .returning(documents)
            )
            gone = [rows.document_of(row) for row in removed]
            if not gone:
                raise NotFoundError("no such document")
            await recorded.documents_changed(connection, at, "removed", gone)

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
        """What this person may read, and whether they may do more: nobody may where it is locked."""
        async with reading(self._engine) as connection:
            return [
                (rows.document_of(row), row.role if row.locked_at is None else Role.VIEWER)
                for row in await connection.execute(rows.select_readable(account_id))
            ]

    async def servers_of_members(
        self, document_ids: Collection[DocumentId]
    ) -> dict[DocumentId, list[tuple[str, str]]]:
        """Who may read each document and holds a credential: localpart and resource of each Jupyter server."""
        query = (
            select(documents.c.id, accounts.c.localpart, leases.c.resource)
            .join(members, members.c.room_id == documents.c.room_id)
            .join(accounts, accounts.c.id == members.c.account_id)
            .join(leases, leases.c.account_id == accounts.c.id)
            .where(
                documents.c.id.in_(document_ids),
                documents.c.removed_at.is_(None),
                accounts.c.disabled_at.is_(None),
                leases.c.revoked_at.is_(None),
            )
        )
        found: dict[DocumentId, list[tuple[str, str]]] = {each: [] for each in document_ids}
        async with reading(self._engine) as connection:
            for document, localpart, resource in await connection.execute(query):
                found[document].append((localpart, resource))
        return found

    async def role_in_document(self, document_id: DocumentId, account_id: int) -> Role | None:
        """What this person may do with the document now; None for whom it does not exist."""
        room = select(documents.c.room_id).where(
            documents.c.id == document_id, documents.c.removed_at.is_(None)
        )
        role = await self._role(account_id, rooms.c.id == room.scalar_subquery())
        return Role.VIEWER if role is not None and await self._is_locked(document_id) else role

    async def members_in_document(self, document: Document) -> list[Member]:
        """Everybody who may read the document, and as what: a lock leaves only readers."""
        everybody = await self.members(document.room_id)
        if not await self._is_locked(document.id):
            return everybody
        return [Member(member.account, Role.VIEWER) for member in everybody]

    async def born(self, document_id: DocumentId) -> bool:
        """Note that the document has a history now; False when it had one before."""
        async with writing(self._engine) as connection:
            changed = await connection.execute(
                update(documents)
                .where(documents.c.id == document_id, documents.c.born_at.is_(None))
                .values(born_at=self._now())
            )
            return bool(changed.rowcount)

    async def _is_locked(self, document_id: DocumentId) -> bool:
        async with reading(self._engine) as connection:
            return await rows.is_locked(connection, document_id)

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
