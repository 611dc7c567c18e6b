"""Every path of the service, as the OpenAPI document writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tornado.web import Application, RequestHandler

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
    SyncHandler,
)
from xmpp_bridge.hub_service.handlers.oauth import CallbackHandler, LoginHandler
from xmpp_bridge.hub_service.handlers.operations import (
    HealthHandler,
    MetricsHandler,
    NoSuchHandler,
    OpenApiHandler,
)
from xmpp_bridge.hub_service.handlers.rooms import (
    MemberHandler,
    RoomDocumentHandler,
    RoomDocumentsHandler,
    RoomHandler,
    RoomsHandler,
)
from xmpp_bridge.hub_service.handlers.search_page import SearchPageHandler
from xmpp_bridge.hub_service.handlers.uploads import SlotHandler, UploadHandler, UploadsHandler
from xmpp_bridge.hub_service.parts import Front

ROUTES: Mapping[str, type[RequestHandler]] = {
    "/healthz": HealthHandler,
    "/metrics": MetricsHandler,
    "/api/openapi.json": OpenApiHandler,
    "/api/me": MeHandler,
    "/api/credentials": CredentialsHandler,
    "/api/rooms": RoomsHandler,
    "/api/rooms/{room}": RoomHandler,
    "/api/rooms/{room}/members/{hub_user}": MemberHandler,
    "/api/rooms/{room}/documents": RoomDocumentsHandler,
    "/api/rooms/{room}/documents/{document}": RoomDocumentHandler,
    "/api/rooms/{room}/messages": MessagesHandler,
    "/api/rooms/{room}/messages/{message}": MessageHandler,
    "/api/rooms/{room}/mark": MarkHandler,
    "/api/rooms/{room}/uploads": UploadsHandler,
    "/api/rooms/{room}/uploads/{upload}/{name}": UploadHandler,
    "/api/uploads/{upload}/{name}": SlotHandler,
    "/api/chat/rooms": ChatRoomsHandler,
    "/api/chat/direct": DirectHandler,
    "/api/search": SearchHandler,
    "/api/documents": DocumentsHandler,
    "/api/documents/{document}": DocumentHandler,
    "/api/documents/{document}/sync": SyncHandler,
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
