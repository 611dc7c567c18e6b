"""Who is online among those of whom the caller may know, and how the caller wants to be seen."""

from __future__ import annotations

from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler
from xmpp_bridge.hub_service.handlers.bodies import read_choice, read_object
from xmpp_bridge.hub_service.handlers.chat import read_limit
from xmpp_bridge.hub_service.scopes import ROOMS_READ
from xmpp_bridge.presence.condition import Choice
from xmpp_bridge.presence.json import person_json
from xmpp_bridge.rooms.identifiers import read_room_id
from xmpp_bridge.xmpp.errors import BadPayloadError

USUAL, MOST = 100, 1_000


class PeopleHandler(AuthenticatedHandler):
    """Everybody of whom the caller may know."""

    async def get(self) -> None:
        words = self.get_query_argument("q", "")
        limit = read_limit(self, USUAL, MOST)
        people = await self.parts.presence.list(await self.account(), words)
        shown = [person_json(each) for each in people[:limit]]
        self.send_json({"people": shown, "total": len(people)})


class PersonHandler(AuthenticatedHandler):
    """One of them."""

    async def get(self, hub_user: str) -> None:
        found = await self.parts.presence.person(await self.account(), hub_user)
        self.send_json(person_json(found))


class PresenceHandler(AuthenticatedHandler):
    """How the caller wants to be seen."""

    writing_scope = ROOMS_READ  # It says something about the caller, not in a room.

    async def get(self) -> None:
        self.send_json(self.views.wishes(await self.parts.presence.wishes(await self.account())))

    async def put(self) -> None:
        choice = read_choice(read_object(self.request.body), "choice", Choice)
        wishes = await self.parts.presence.choose(await self.account(), choice)
        self.send_json(self.views.wishes(wishes))


class RoomPresenceHandler(AuthenticatedHandler):
    """Whether those in a room may know what the caller has open of it."""

    writing_scope = ROOMS_READ

    async def put(self, room: str) -> None:
        tells = read_object(self.request.body).get("tells_place")
        if not isinstance(tells, bool):
            raise BadPayloadError("tells_place must be true or false")
        wishes = await self.parts.presence.tell_place(
            await self.account(), read_room_id(room), tells=tells
        )
        self.send_json(self.views.wishes(wishes))
