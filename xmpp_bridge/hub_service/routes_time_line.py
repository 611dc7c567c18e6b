"""The paths of time lines."""

from __future__ import annotations

from collections.abc import Mapping

from tornado.web import RequestHandler

from xmpp_bridge.hub_service.handlers.time_line import (
    MomentContentHandler,
    MomentHandler,
    ReversalHandler,
    TimeLineHandler,
)

TIME_LINE_ROUTES: Mapping[str, type[RequestHandler]] = {
    "/api/documents/{document}/time-line": TimeLineHandler,
    "/api/documents/{document}/time-line/{moment}": MomentHandler,
    "/api/documents/{document}/time-line/{moment}/content": MomentContentHandler,
    "/api/documents/{document}/reversal": ReversalHandler,
}
