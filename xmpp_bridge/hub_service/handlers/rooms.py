"""Rooms and their members."""

from __future__ import annotations

from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler
from xmpp_bridge.hub_service.handlers.bodies import read_choice, read_object, read_text
from xmpp_bridge.rooms.identifiers import read_document_id, read_room_id
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType


class RoomsHandler(AuthenticatedHandler):
    """The caller's rooms."""

    async def get(self) -> None:
        rooms = await self.parts.sharing.rooms(await self.account())
        self.send_json({"rooms": [self.views.room(room) for room in rooms]})

    async def post(self) -> None:
        name = read_text(read_object(self.request.body), "name")
        room = await self.parts.sharing.create_room(await self.account(), name)
        self.send_json(self.views.room(room), status=201)


class RoomHandler(AuthenticatedHandler):
    """One room."""

    async def get(self, room: str) -> None:
        found = await self.parts.sharing.room(await self.account(), read_room_id(room))
        self.send_json(self.views.room(found))

    async def patch(self, room: str) -> None:
        name = read_text(read_object(self.request.body), "name")
        renamed = await self.parts.sharing.rename_room(
            await self.account(), read_room_id(room), name
        )
        self.send_json(self.views.room(renamed))

    async def delete(self, room: str) -> None:
        await self.parts.sharing.delete_room(await self.account(), read_room_id(room))
        self.send_nothing()


class MemberHandler(AuthenticatedHandler):
    """One member of a room, by hub user name."""

    async def put(self, room: str, hub_user: str) -> None:
        role = read_choice(read_object(self.request.body), "role", Role)
        changed = await self.parts.sharing.set_member(
            await self.account(), read_room_id(room), hub_user, role
        )
        self.send_json(self.views.room(changed))

    async def delete(self, room: str, hub_user: str) -> None:
        await self.parts.sharing.remove_member(await self.account(), read_room_id(room), hub_user)
        self.send_nothing()


class RoomDocumentsHandler(AuthenticatedHandler):
    """The documents of a room."""

    async def post(self, room: str) -> None:
        fields = read_object(self.request.body)
        document = await self.parts.sharing.add_document(
            await self.account(),
            read_room_id(room),
            read_text(fields, "name"),
            read_choice(fields, "type", DocumentType),
            read_choice(fields, "format", DocumentFormat),
        )
        self.send_json(self.views.document(document), status=201)


class RoomDocumentHandler(AuthenticatedHandler):
    """One document of a room."""

    async def delete(self, room: str, document: str) -> None:
        await self.parts.sharing.remove_document(
            await self.account(), read_room_id(room), read_document_id(document)
        )
        self.send_nothing()
