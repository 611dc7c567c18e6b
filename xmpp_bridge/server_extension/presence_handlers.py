"""Who is online and how the owner wants to be seen, below /xmpp-bridge/api/."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from xmpp_bridge.presence.condition import Choice
from xmpp_bridge.rooms.identifiers import read_room_id
from xmpp_bridge.server_extension.handlers import BridgeHandler
from xmpp_bridge.xmpp.errors import BadPayloadError


class PeopleHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.service.people(self.get_query_argument("q", "")))


class PersonHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def get(self, hub_user: str) -> None:
        self.answer(await self.service.person(hub_user))


class PresenceHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.service.wishes())

    @web.authenticated
    @authorized
    async def put(self) -> None:
        choice = self.text(self.get_json_body(), "choice")
        if choice not in list(Choice):
            raise BadPayloadError(f"choice is one of: {', '.join(Choice)}")
        self.answer(await self.service.choose(choice))


class RoomPresenceHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def put(self, room: str) -> None:
        body = self.get_json_body()
        tells = body.get("tells_place") if isinstance(body, dict) else None
        if not isinstance(tells, bool):
            raise BadPayloadError("tells_place is true or false")
        self.answer(await self.service.tell_place(read_room_id(room), tells=tells))


PRESENCE_ROUTES: list[tuple[str, type[BridgeHandler]]] = [
    (r"/xmpp-bridge/api/people", PeopleHandler),
    (r"/xmpp-bridge/api/people/([^/]+)", PersonHandler),
    (r"/xmpp-bridge/api/presence", PresenceHandler),
    (r"/xmpp-bridge/api/rooms/([^/]+)/presence", RoomPresenceHandler),
]
