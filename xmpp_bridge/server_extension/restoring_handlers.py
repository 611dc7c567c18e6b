"""Restoring by REST: what was, or a document without somebody's edits."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from xmpp_bridge.rooms.identifiers import read_document_id
from xmpp_bridge.server_extension.handlers import BridgeHandler
from xmpp_bridge.server_extension.restoring import Restoring
from xmpp_bridge.xmpp.errors import BadPayloadError


class _RestoringHandler(BridgeHandler):
    def initialize(self, restoring: Restoring, **tools: Any) -> None:  # type: ignore[override]
        super().initialize(**tools)
        self.restoring = restoring

    def answer_done(self, number: str | None) -> None:
        """Say whether anything was changed, and what undoes it."""
        self.answer({"id": number, "changed": number is not None}, HTTPStatus.CREATED)


class RestorationsHandler(_RestoringHandler):
    """A document, or some cells of it, as it was at a moment."""

    @web.authenticated
    @authorized
    async def post(self, document: str) -> None:
        body = self.get_json_body() or {}
        moment, cells = _number(body, "moment"), _cells(body)
        self.answer_done(await self.restoring.restore(read_document_id(document), moment, cells))


class RollBacksHandler(_RestoringHandler):
    """A document without what somebody, or everybody, did in an interval."""

    @web.authenticated
    @authorized
    async def post(self, document: str) -> None:
        body = self.get_json_body() or {}
        after, through = _number(body, "after"), _number(body, "through")
        hub_user = body.get("hub_user")
        if hub_user is not None and not isinstance(hub_user, str):
            raise BadPayloadError("hub_user is a text, or null")
        self.answer_done(
            await self.restoring.roll_back(read_document_id(document), after, through, hub_user)
        )


class RestorationHandler(_RestoringHandler):
    """One of them, which is undone by an edit of its own."""

    @web.authenticated
    @authorized
    async def delete(self, document: str, number: str) -> None:
        await self.restoring.undo(read_document_id(document), number)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


RESTORING_ROUTES: list[tuple[str, type[BridgeHandler]]] = [
    (r"/xmpp-bridge/api/documents/([^/]+)/restorations", RestorationsHandler),
    (r"/xmpp-bridge/api/documents/([^/]+)/roll-backs", RollBacksHandler),
    (r"/xmpp-bridge/api/documents/([^/]+)/restorations/([^/]+)", RestorationHandler),
]


def _number(body: Any, key: str) -> int:
    value = body.get(key) if isinstance(body, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadPayloadError(f"the body needs a whole number `{key}`")
    return value


def _cells(body: dict[str, Any]) -> frozenset[str] | None:
    cells = body.get("cells")
    if cells is None:
        return None
    if not isinstance(cells, list) or not all(isinstance(cell, str) for cell in cells):
        raise BadPayloadError("`cells` are ids of cells")
    return frozenset(cells)
