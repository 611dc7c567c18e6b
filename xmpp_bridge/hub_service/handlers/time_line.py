"""A document's time line, for its members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from xmpp_bridge.documents.moments import Grain
from xmpp_bridge.documents.update import EMPTY_UPDATE
from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler
from xmpp_bridge.hub_service.handlers.bodies import read_object
from xmpp_bridge.hub_service.handlers.chat import read_limit
from xmpp_bridge.hub_service.time_lines import look_json, page_json
from xmpp_bridge.rooms.identifiers import read_document_id
from xmpp_bridge.xmpp.errors import BadPayloadError

USUAL, MOST = 50, 500
_LARGEST: Final = 2**53 - 1


class TimeLineHandler(AuthenticatedHandler):
    """Who changed which cell when."""

    async def get(self, document: str) -> None:
        before = self.get_query_argument("before", None)
        until = self.get_query_argument("until", None)
        page = await self.parts.time_lines.page(
            await self.account(),
            read_document_id(document),
            read_grain(self.get_query_argument("grain", Grain.COARSE)),
            read_limit(self, USUAL, MOST),
            before_id=None if before is None else read_step(before),
            until=None if until is None else read_time(until),
        )
        self.send_json(page_json(page))


class MomentHandler(AuthenticatedHandler):
    """The document as it was, or is now, beside another moment of it."""

    async def get(self, document: str, moment: str) -> None:
        look = await self.parts.time_lines.look(
            await self.account(),
            read_document_id(document),
            None if moment == "now" else read_step(moment),
            read_step(self.get_query_argument("against", "0")),
        )
        self.send_json(look_json(look))


class MomentContentHandler(AuthenticatedHandler):
    """The same as a file."""

    async def get(self, document: str, moment: str) -> None:
        opened, content = await self.parts.time_lines.content(
            await self.account(), read_document_id(document), read_step(moment)
        )
        self.send_json({"type": opened.document.type, "content": content})


class ReversalHandler(AuthenticatedHandler):
    """What takes edits back: it is worked out, and nothing is changed by it."""

    async def post(self, document: str) -> None:
        fields = read_object(self.request.body)
        hub_user = fields.get("hub_user")
        if hub_user is not None and not isinstance(hub_user, str):
            raise BadPayloadError("hub_user must be a text, or null")
        update = await self.parts.time_lines.reversal(
            await self.account(),
            read_document_id(document),
            (_step(fields, "after"), _step(fields, "through")),
            hub_user,
        )
        self.set_header("Content-Type", "application/octet-stream")
        self.finish(EMPTY_UPDATE if update is None else update)


def read_step(text: str) -> int:
    """The number of a step, or `BadPayloadError`."""
    if not text.isascii() or not text.isdecimal() or int(text) > _LARGEST:
        raise BadPayloadError("a moment is a whole number")
    return int(text)


def read_grain(text: str) -> Grain:
    try:
        return Grain(text)
    except ValueError:
        raise BadPayloadError(f"grain is one of: {', '.join(Grain)}") from None


def read_time(text: str) -> datetime:
    """A moment with its time zone, or in UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise BadPayloadError("a time is written as in 2026-05-01T12:00:00Z") from None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _step(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST:
        raise BadPayloadError(f"{name} must be a whole number")
    return value
