"""For admins of the hub, and for the hub itself."""

from __future__ import annotations

import hmac
from http import HTTPStatus

from xmpp_bridge.hub_service.administration import MOST
from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler, JsonHandler
from xmpp_bridge.hub_service.handlers.bodies import read_object, read_text
from xmpp_bridge.hub_service.handlers.sharing import read_count
from xmpp_bridge.hub_service.nudge import read_nudge
from xmpp_bridge.rooms.identifiers import read_room_id
from xmpp_bridge.rooms.oversight_store import Quota
from xmpp_bridge.xmpp.errors import BadPayloadError, NotAuthorizedError

MOST_OF_ANYTHING = 2**62


class AdminHandler(AuthenticatedHandler):
    """Lets in admins of the hub, and not their Jupyter servers."""

    async def prepare(self) -> None:
        await super().prepare()
        self.caller.demand_admin()


class AdminRoomsHandler(AdminHandler):
    """All rooms."""

    async def get(self) -> None:
        listing = await self.parts.administration.find(
            self.get_query_argument("q", ""), self._number("offset", 0), self._number("limit", 50)
        )
        self.send_json(self.parts.sharing_views.listing(listing))

    def _number(self, name: str, usually: int) -> int:
        text = self.get_query_argument(name, str(usually))
        if not (text.isascii() and text.isdecimal()) or len(text) > len(str(MOST_OF_ANYTHING)):
            raise BadPayloadError(f"{name} is a whole number; at most {MOST} come at once")
        return int(text)


class AdminRoomHandler(AdminHandler):
    """Any room."""

    async def delete(self, room: str) -> None:
        await self.parts.administration.close(read_room_id(room))
        self.send_nothing()


class AdminOwnerHandler(AdminHandler):
    """Whose any room is."""

    async def put(self, room: str) -> None:
        hub_user = read_text(read_object(self.request.body), "hub_user")
        room_id = read_room_id(room)
        await self.parts.administration.hand_over(await self.account(), room_id, hub_user)
        listing = await self.parts.administration.find(room_id, 0, 1)
        self.send_json(self.parts.sharing_views.listing(listing)["rooms"][0])


class QuotasHandler(AdminHandler):
    """How much there may be."""

    async def put(self) -> None:
        fields = read_object(self.request.body)
        wanted = {
            quota: read_count(fields, quota, MOST_OF_ANYTHING) for quota in Quota if quota in fields
        }
        await self.parts.administration.set_quotas(wanted)
        quotas = await self.parts.administration.quotas()
        self.send_json(self.parts.sharing_views.quotas(quotas))


class NudgeHandler(JsonHandler):
    """For the hub's own process, which knows the service's token; it learns nothing here."""

    async def post(self) -> None:
        own = str(self.front.own_token or "")
        shown = self.request.headers.get("Authorization", "").removeprefix("token ")
        if not own or not hmac.compare_digest(shown.encode(), own.encode()):
            raise NotAuthorizedError("only the hub's own process nudges")
        self.parts.following.nudge(read_nudge(read_object(self.request.body)))
        self.send_json({}, status=HTTPStatus.ACCEPTED)
