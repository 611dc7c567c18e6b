"""Chat as hub users ask for it: may they, then the archive."""

from __future__ import annotations

from dataclasses import dataclass

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.archive.store import ArchiveStore, Mark, Page
from xmpp_bridge.archive.tables import Notify
from xmpp_bridge.chat.message import Moderation, StanzaId
from xmpp_bridge.chat.spoken import Spoken
from xmpp_bridge.hub_service.chat_rooms import ChatRooms
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document, Member, Room
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError


@dataclass(frozen=True)
class ChatRoom:
    """A room's chat as one of its members sees it."""

    room: Room
    role: Role
    members: list[Member]
    documents: list[Document]
    mark: Mark


class Chat:
    """What is said in a room is for those who are members now; for all others it does not exist."""

    def __init__(
        self,
        rooms: RoomStore,
        archive: ArchiveStore,
        chat_rooms: ChatRooms,
        addresses: Addresses,
    ) -> None:
        self._rooms = rooms
        self._archive = archive
        self._chat_rooms = chat_rooms
        self._addresses = addresses

    async def rooms(self, asker: Account) -> list[ChatRoom]:
        """Every room of the asker, oldest first."""
        rooms = await self._rooms.rooms_of(asker.id)
        ids = [room.id for room, _ in rooms]
        members, documents = await self._rooms.members_of(ids), await self._rooms.documents_in(ids)
        return [
            ChatRoom(
                room, role, members[room.id], documents[room.id], await self._mark(asker, room.id)
            )
            for room, role in rooms
        ]

    async def before(
        self, asker: Account, room: RoomId, stanza_id: StanzaId | None, limit: int
    ) -> Page:
        """The newest messages, or those just before one."""
        await self._demand(asker, room)
        return await self._archive.before(room, stanza_id, limit)

    async def after(self, asker: Account, room: RoomId, stanza_id: StanzaId, limit: int) -> Page:
        await self._demand(asker, room)
        return await self._archive.after(room, stanza_id, limit)

    async def around(self, asker: Account, room: RoomId, stanza_id: StanzaId, limit: int) -> Page:
        await self._demand(asker, room)
        return await self._archive.around(room, stanza_id, limit)

    async def message(self, asker: Account, room: RoomId, stanza_id: StanzaId) -> Spoken:
        await self._demand(asker, room)
        message = await self._archive.message(room, stanza_id)
        if message is None:
            raise NotFoundError("no such message")
        return message

    async def set_mark(
        self, asker: Account, room: RoomId, read: StanzaId | None, notify: Notify | None
    ) -> Mark:
        """Note how far the asker has read, on whatever device."""
        await self._demand(asker, room)
        await self._archive.set_mark(room, asker.id, read=read, notify=notify)
        return await self._mark(asker, room)

    async def moderate(
        self, asker: Account, room: RoomId, stanza_id: StanzaId, reason: str
    ) -> Spoken:
        """Take back what anybody said, as an owner of the room may; it is kept that way when this returns."""
        role = await self._rooms.role_in_room(room, asker.id)
        message = await self.message(asker, room, stanza_id)
        if role is None or not role.may_manage:
            raise ForbiddenError("only owners of the room may take back what others say")
        if message.retracted_by is None:
            by = self._addresses.account(asker.localpart).bare
            await self._chat_rooms.say(room, Moderation(stanza_id, by, reason))
        return await self.message(asker, room, stanza_id)

    async def _mark(self, asker: Account, room: RoomId) -> Mark:
        jid = self._addresses.account(asker.localpart).bare
        return await self._archive.mark(room, asker.id, jid)

    async def _demand(self, asker: Account, room: RoomId) -> None:
        if await self._rooms.role_in_room(room, asker.id) is None:
            raise NotFoundError("no such room")
