"""Rooms, members and documents as hub users ask for them: may they, then the database, then ejabberd."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.documents.history import History
from xmpp_bridge.hub_service.chat_rooms import ChatRooms
from xmpp_bridge.hub_service.document_rooms import DocumentRooms
from xmpp_bridge.hub_service.enforcing import Enforcing
from xmpp_bridge.hub_service.notices import Notices
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.hub_service.quotas import Quotas
from xmpp_bridge.rooms.entry import Lock
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document, DocumentFormat, DocumentType, Member, Room
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError


@dataclass(frozen=True)
class OpenRoom:
    """A room as one of its members sees it."""

    room: Room
    role: Role
    members: list[Member]
    documents: list[OpenDocument]


@dataclass(frozen=True)
class OpenDocument:
    """A document as one of its room's members sees it."""

    document: Document
    role: Role
    creator: Account
    lock: Lock | None = None


class Sharing:
    """What is not the asker's does not exist for them; what they may not change is refused."""

    def __init__(
        self,
        people: People,
        rooms: RoomStore,
        projection: Projection,
        document_rooms: DocumentRooms,
        chat_rooms: ChatRooms,
        notices: Notices,
        history: History,
        enforcing: Enforcing,
        quotas: Quotas,
        locked: Callable[[Collection[DocumentId]], Awaitable[dict[DocumentId, Lock]]],
    ) -> None:
        self._people = people
        self._rooms = rooms
        self._projection = projection
        self._document_rooms = document_rooms
        self._chat_rooms = chat_rooms
        self._notices = notices
        self._history = history
        self._enforcing = enforcing
        self._quotas = quotas
        self._locked = locked

    async def rooms(self, asker: Account) -> list[OpenRoom]:
        """Every room the asker is a member of, oldest first."""
        return [await self._open(room, role) for room, role in await self._rooms.rooms_of(asker.id)]

    async def room(self, asker: Account, room_id: RoomId) -> OpenRoom:
        role = await self._role(asker, room_id)
        room = await self._rooms.room(room_id)
        if room is None:
            raise NotFoundError("no such room")
        return await self._open(room, role)

    async def create_room(self, asker: Account, name: str) -> OpenRoom:
        await self._quotas.one_more_room(asker.id)
        room = await self._rooms.create_room(name, asker.id)
        await self._projection.project_chat_or_owe(room.id)
        self._chat_rooms.keep(room.id)
        await self._notices.rooms_changed([asker])
        return await self._open(room, Role.OWNER)

    async def rename_room(self, asker: Account, room_id: RoomId, name: str) -> OpenRoom:
        await self._demand(asker, room_id, Role.OWNER)
        renamed = await self._rooms.rename_room(room_id, name)
        await self._projection.project_chat_or_owe(room_id)
        await self._notices.rooms_changed(await self._people_in(room_id))
        return await self._open(renamed, Role.OWNER)

    async def delete_room(self, asker: Account, room_id: RoomId) -> None:
        """Remove the room; its documents' MUC rooms close when this returns."""
        await self._demand(asker, room_id, Role.OWNER)
        await self.close_room(room_id)

    async def close_room(self, room_id: RoomId) -> None:
        """The same, whoever decides it."""
        people = await self._people_in(room_id)
        documents = await self._rooms.delete_room(room_id)
        self._chat_rooms.drop(room_id)
        await self._projection.project_chat_or_owe(room_id)
        await self._notices.rooms_changed(people)
        await self._gone(documents)

    async def set_member(
        self, asker: Account, room_id: RoomId, hub_user: str, role: Role
    ) -> OpenRoom:
        """Let a hub user in, or change what they may do."""
        await self._demand(asker, room_id, Role.OWNER)
        person = await self._people.named(hub_user)
        settled = await self._rooms.set_member(room_id, person.id, role, asker.id)
        await self._enforcing.carry_out(settled)
        room = await self.room(asker, room_id)
        if person.id not in settled.before and person.id != asker.id:
            self._notices.invited(person, asker, room.room)
        return room

    async def remove_member(self, asker: Account, room_id: RoomId, hub_user: str) -> None:
        """Take somebody out: they read and write nothing any more when this returns.

        Everybody may take themselves out, owners also others.
        """
        itself = hub_user == asker.hub_user
        await self._demand(asker, room_id, Role.VIEWER if itself else Role.OWNER)
        leaver = await self._member(room_id, hub_user)
        settled = await self._rooms.remove_member(room_id, leaver.id, leaves=itself)
        await self._enforcing.carry_out(settled)

    async def add_document(
        self,
        asker: Account,
        room_id: RoomId,
        name: str,
        kind: DocumentType,
        form: DocumentFormat,
    ) -> OpenDocument:
        """A document whose history only the asker may begin."""
        role = await self._demand(asker, room_id, Role.EDITOR)
        await self._quotas.one_more_document(room_id)
        document = await self._rooms.add_document(room_id, name, kind, form, asker.id)
        await self._project([document])
        self._document_rooms.keep(document.id)
        return OpenDocument(document, role, asker)

    async def remove_document(
        self, asker: Account, room_id: RoomId, document_id: DocumentId
    ) -> None:
        """Owners remove any document, editors what they have shared themselves."""
        role = await self._demand(asker, room_id, Role.EDITOR)
        document = await self._rooms.document(document_id)
        if document is None or document.room_id != room_id:
            raise NotFoundError("no such document in this room")
        if not role.may_manage and document.creator_id != asker.id:
            raise ForbiddenError("only an owner removes what somebody else has shared")
        await self._rooms.remove_document(document_id)
        await self._gone([document])

    async def documents(self, asker: Account) -> list[OpenDocument]:
        """Every document the asker may read."""
        found = await self._rooms.documents_of_account(asker.id)
        locks = await self._locked([document.id for document, _role in found])
        return [await self._opened(document, role, locks) for document, role in found]

    async def readable(
        self, asker: Account, only: DocumentId | None = None
    ) -> list[tuple[Document, Role]]:
        """The same, and what the asker may do with each; or only of one of them."""
        found = await self._rooms.documents_of_account(asker.id)
        return [each for each in found if only in {None, each[0].id}]

    async def document(self, asker: Account, document_id: DocumentId) -> OpenDocument:
        role = await self._rooms.role_in_document(document_id, asker.id)
        document = await self._rooms.document(document_id)
        if role is None or document is None:
            raise NotFoundError("no such document")
        return await self._opened(document, role, await self._locked([document_id]))

    async def members(self, document: Document) -> list[Member]:
        """Everybody who may read the document, and as what now."""
        return await self._rooms.members_in_document(document)

    async def clients(self, document: Document) -> dict[int, Account]:
        """Whose each Yjs client of the document is."""
        authors = await self._history.authors(document.id)
        people = {each: await self._people.by_id(each) for each in set(authors.values())}
        return {client: people[author] for client, author in authors.items()}

    async def _open(self, room: Room, role: Role) -> OpenRoom:
        members = await self._rooms.members(room.id)
        documents = await self._rooms.documents_of_room(room.id)
        locks = await self._locked([document.id for document in documents])
        return OpenRoom(
            room,
            role,
            members,
            [await self._opened(document, role, locks) for document in documents],
        )

    async def _opened(
        self, document: Document, role: Role, locks: Mapping[DocumentId, Lock]
    ) -> OpenDocument:
        lock = locks.get(document.id)
        creator = await self._people.by_id(document.creator_id)
        return OpenDocument(document, role if lock is None else Role.VIEWER, creator, lock)

    async def _people_in(self, room_id: RoomId) -> list[Account]:
        return [member.account for member in await self._rooms.members(room_id)]

    async def _project(self, documents: Iterable[Document]) -> None:
        await asyncio.gather(*(self._projection.project_or_owe(each.id) for each in documents))

    async def _gone(self, documents: Collection[Document]) -> None:
        for document in documents:
            self._document_rooms.drop(document.id)
        await self._project(documents)

    async def _role(self, asker: Account, room_id: RoomId) -> Role:
        role = await self._rooms.role_in_room(room_id, asker.id)
        if role is None:
            raise NotFoundError("no such room")
        return role

    async def _demand(self, asker: Account, room_id: RoomId, least: Role) -> Role:
        role = await self._role(asker, room_id)
        if not role.includes(least):
            raise ForbiddenError(f"this takes the role {least} in the room")
        return role

    async def _member(self, room_id: RoomId, hub_user: str) -> Account:
        for member in await self._rooms.members(room_id):
            if member.account.hub_user == hub_user:
                return member.account
        raise NotFoundError("no such member in this room")
