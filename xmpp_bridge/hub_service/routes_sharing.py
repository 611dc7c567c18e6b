"""The paths of sharing."""

from __future__ import annotations

from collections.abc import Mapping

from tornado.web import RequestHandler

from xmpp_bridge.hub_service.handlers.administration import (
    AdminOwnerHandler,
    AdminRoomHandler,
    AdminRoomsHandler,
    NudgeHandler,
    QuotasHandler,
)
from xmpp_bridge.hub_service.handlers.sharing import (
    AccessHandler,
    BanHandler,
    DirectoryHandler,
    GroupDefaultsHandler,
    GroupHandler,
    HeirHandler,
    HubShareHandler,
    InvitationHandler,
    InvitationsHandler,
    JoinHandler,
    LeaversHandler,
    LinkHandler,
    LinksHandler,
    LockHandler,
    MuteHandler,
    OwnerHandler,
    PartingsHandler,
)

SHARING_ROUTES: Mapping[str, type[RequestHandler]] = {
    "/api/rooms/{room}/access": AccessHandler,
    "/api/rooms/{room}/groups/{group}": GroupHandler,
    "/api/rooms/{room}/links": LinksHandler,
    "/api/rooms/{room}/links/{link}": LinkHandler,
    "/api/rooms/{room}/bans/{hub_user}": BanHandler,
    "/api/rooms/{room}/mutes/{hub_user}": MuteHandler,
    "/api/rooms/{room}/owner": OwnerHandler,
    "/api/rooms/{room}/heir": HeirHandler,
    "/api/rooms/{room}/leavers": LeaversHandler,
    "/api/partings": PartingsHandler,
    "/api/rooms/{room}/hub-share": HubShareHandler,
    "/api/documents/{document}/lock": LockHandler,
    "/api/join/{token}": JoinHandler,
    "/api/invitations": InvitationsHandler,
    "/api/invitations/{room}": InvitationHandler,
    "/api/directory": DirectoryHandler,
    "/api/groups/{group}": GroupDefaultsHandler,
    "/api/admin/rooms": AdminRoomsHandler,
    "/api/admin/rooms/{room}": AdminRoomHandler,
    "/api/admin/rooms/{room}/owner": AdminOwnerHandler,
    "/api/admin/quotas": QuotasHandler,
    "/api/nudge": NudgeHandler,
}
