"""Every path of the service, as the OpenAPI document writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tornado.web import Application, RequestHandler

from xmpp_bridge.hub_service.handlers.admin_page import AdminPageHandler
from xmpp_bridge.hub_service.handlers.app_passwords import AppPasswordHandler, AppPasswordsHandler
from xmpp_bridge.hub_service.handlers.app_passwords_page import AppPasswordsPageHandler
from xmpp_bridge.hub_service.handlers.chat import (
    ChatRoomsHandler,
    DirectHandler,
    MarkHandler,
    MessageHandler,
    MessagesHandler,
    SearchHandler,
)
from xmpp_bridge.hub_service.handlers.credentials import CredentialsHandler, MeHandler
from xmpp_bridge.hub_service.handlers.documents import (
    DocumentHandler,
    DocumentsHandler,
    RelayHandler,
    SyncHandler,
    VersionsHandler,
)
from xmpp_bridge.hub_service.handlers.guests import GuestHandler, GuestsHandler
from xmpp_bridge.hub_service.handlers.host_meta import HostMetaHandler, HostMetaJsonHandler
from xmpp_bridge.hub_service.handlers.join_page import JoinPageHandler
from xmpp_bridge.hub_service.handlers.oauth import CallbackHandler, LoginHandler
from xmpp_bridge.hub_service.handlers.operations import (
    HealthHandler,
    MetricsHandler,
    NoSuchHandler,
    OpenApiHandler,
)
from xmpp_bridge.hub_service.handlers.presence import (
    PeopleHandler,
    PersonHandler,
    PresenceHandler,
    RoomPresenceHandler,
)
from xmpp_bridge.hub_service.handlers.rooms import (
    MemberHandler,
    RoomDocumentHandler,
    RoomDocumentsHandler,
    RoomHandler,
    RoomsHandler,
)
from xmpp_bridge.hub_service.handlers.rooms_page import RoomPageHandler, RoomsPageHandler
from xmpp_bridge.hub_service.handlers.search_page import SearchPageHandler
from xmpp_bridge.hub_service.handlers.time_line_page import TimeLinePageHandler
from xmpp_bridge.hub_service.handlers.uploads import SlotHandler, UploadHandler, UploadsHandler
from xmpp_bridge.hub_service.parts import Front
from xmpp_bridge.hub_service.routes_record import RECORD_PAGES, RECORD_ROUTES
from xmpp_bridge.hub_service.routes_sharing import SHARING_ROUTES
from xmpp_bridge.hub_service.routes_time_line import TIME_LINE_ROUTES

ROUTES: Mapping[str, type[RequestHandler]] = {
    "/healthz": HealthHandler,
    "/metrics": MetricsHandler,
    "/host-meta": HostMetaHandler,
    "/host-meta.json": HostMetaJsonHandler,
    "/api/openapi.json": OpenApiHandler,
    "/api/me": MeHandler,
    "/api/credentials": CredentialsHandler,
    "/api/app-passwords": AppPasswordsHandler,
    "/api/app-passwords/{number}": AppPasswordHandler,
    "/api/rooms": RoomsHandler,
    "/api/rooms/{room}": RoomHandler,
    "/api/rooms/{room}/members/{hub_user}": MemberHandler,
    "/api/rooms/{room}/documents": RoomDocumentsHandler,
    "/api/rooms/{room}/documents/{document}": RoomDocumentHandler,
    "/api/rooms/{room}/guests": GuestsHandler,
    "/api/rooms/{room}/guests/{jid}": GuestHandler,
    "/api/rooms/{room}/messages": MessagesHandler,
    "/api/rooms/{room}/messages/{message}": MessageHandler,
    "/api/rooms/{room}/mark": MarkHandler,
    "/api/rooms/{room}/uploads": UploadsHandler,
    "/api/rooms/{room}/uploads/{upload}/{name}": UploadHandler,
    "/api/uploads/{upload}/{name}": SlotHandler,
    "/api/chat/rooms": ChatRoomsHandler,
    "/api/chat/direct": DirectHandler,
    "/api/people": PeopleHandler,
    "/api/people/{hub_user}": PersonHandler,
    "/api/presence": PresenceHandler,
    "/api/rooms/{room}/presence": RoomPresenceHandler,
    "/api/search": SearchHandler,
    "/api/documents": DocumentsHandler,
    "/api/documents/versions": VersionsHandler,
    "/api/documents/{document}": DocumentHandler,
    "/api/documents/{document}/sync": SyncHandler,
    "/api/documents/{document}/relay": RelayHandler,
    **SHARING_ROUTES,
    **RECORD_ROUTES,
    **TIME_LINE_ROUTES,
}


def application(front: Front, cookie_secret: bytes) -> Application:
    """The service's web application.

    No `xsrf_cookies`: tornado would check before it is known who calls, and refuse every token.
    HubOAuth itself demands the XSRF token whenever it accepts a cookie.
    """
    base = re.escape(front.prefix.rstrip("/"))
    common = {"front": front}
    handlers: list[Any] = [
        (base + pattern(path), handler, common) for path, handler in ROUTES.items()
    ]
    handlers += [
        (f"{base}/?", LoginHandler, common),
        (f"{base}/oauth_callback", CallbackHandler, common),
        (f"{base}/search", SearchPageHandler, common),
        (f"{base}/join/([^/]+)", JoinPageHandler, common),
        (f"{base}/app-passwords", AppPasswordsPageHandler, common),
        (f"{base}/rooms", RoomsPageHandler, common),
        (f"{base}/rooms/([^/]+)", RoomPageHandler, common),
        (f"{base}/documents/([^/]+)/time-line", TimeLinePageHandler, common),
        (f"{base}/admin", AdminPageHandler, common),
        *((base + path, handler, common) for path, handler in RECORD_PAGES.items()),
    ]
    return Application(
        handlers,
        default_handler_class=NoSuchHandler,
        default_handler_args=common,
        cookie_secret=cookie_secret,
        log_function=front.metrics.observe_request,
    )


def pattern(path: str) -> str:
    """The regular expression of a path with `{names}`; each stands for one segment."""
    return "".join(
        "([^/]+)" if part.startswith("{") else re.escape(part)
        for part in re.split(r"({\w+})", path)
    )
