"""What somebody must be in a room before they may change it."""

from __future__ import annotations

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError


class Demand:
    """Asks the database each time: what somebody was a moment ago counts for nothing."""

    def __init__(self, rooms: RoomStore, people: People) -> None:
        self._rooms = rooms
        self.people = people

    async def role(self, asker: Account, room_id: RoomId) -> Role:
        """What the asker is in the room; for whom it does not exist it is not found."""
        role = await self._rooms.role_in_room(room_id, asker.id)
        if role is None:
            raise NotFoundError("no such room")
        return role

    async def least(self, asker: Account, room_id: RoomId, least: Role) -> Role:
        """The asker's role if it includes this one."""
        role = await self.role(asker, room_id)
        if not role.includes(least):
            raise ForbiddenError(f"this takes the role {least} in the room")
        return role

    async def owner(self, asker: Account, room_id: RoomId) -> None:
        """Refuse who may not manage the room."""
        await self.least(asker, room_id, Role.OWNER)

    async def document(self, asker: Account, document_id: DocumentId) -> Document:
        """A document of a room that the asker manages."""
        document = await self._rooms.document(document_id)
        if document is None:
            raise NotFoundError("no such document")
        try:
            await self.owner(asker, document.room_id)
        except NotFoundError:
            raise NotFoundError("no such document") from None
        return document
