"""Guests of a room's chat, from other servers."""

from __future__ import annotations

from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler
from xmpp_bridge.rooms.identifiers import read_room_id


class GuestsHandler(AuthenticatedHandler):
    """All of a room."""

    async def get(self, room: str) -> None:
        guests = await self.parts.guests.of_room(await self.account(), read_room_id(room))
        self.send_json({"guests": guests})


class GuestHandler(AuthenticatedHandler):
    """One, by bare JID."""

    async def put(self, room: str, jid: str) -> None:
        await self.parts.guests.invite(await self.account(), read_room_id(room), jid)
        self.send_nothing()

    async def delete(self, room: str, jid: str) -> None:
        await self.parts.guests.dismiss(await self.account(), read_room_id(room), jid)
        self.send_nothing()
