"""The extension's REST API: /xmpp-bridge/api/…, described by itself in openapi.json."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Literal

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from xmpp_bridge.rooms.identifiers import read_document_id, read_room_id
from xmpp_bridge.rooms.membership import read_role
from xmpp_bridge.server_extension.events import emit
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.server_extension.linking import Linking, LinkStatus
from xmpp_bridge.server_extension.openapi import describe
from xmpp_bridge.server_extension.session import Session
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError, ForbiddenError


class BridgeHandler(APIHandler):
    """Acts for the owner of this server and for nobody else; answers errors by condition."""

    auth_resource = "contents"

    def initialize(self, linking: Linking, service: HubService, session: Session) -> None:
        self.linking = linking
        self.service = service
        self.session = session

    async def prepare(self, **options: Any) -> None:
        """A visitor of a shared server is not its owner, whatever the server may do."""
        await super().prepare(**options)
        user = self.current_user
        if user is not None and user.username != self.session.hub_user:
            self.refuse(ForbiddenError("only the owner of this server may do that"))

    def refuse(self, error: BridgeError) -> None:
        self.set_status(error.http_status)
        self.answer({"condition": error.condition, "reason": str(error)})

    def answer(self, value: Any, status: HTTPStatus | None = None) -> None:
        if status is not None:
            self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(value))

    def write_error(self, status_code: int, **details: Any) -> None:
        """Anything but a BridgeError is a bug: the other side hears no more than that."""
        error = details.get("exc_info", (None, None, None))[1]
        if isinstance(error, BridgeError):
            self.refuse(error)
        elif isinstance(error, web.HTTPError):
            condition = "forbidden" if status_code == HTTPStatus.FORBIDDEN else "bad-request"
            self.answer({"condition": condition, "reason": error.log_message or error.reason or ""})
        else:
            self.answer({"condition": "internal-server-error", "reason": "see the server's log"})

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, BridgeError):
            super().log_exception(typ, value, tb)

    def tell_event(
        self, action: Literal["share", "join", "leave", "revoke"], **more: str | None
    ) -> None:
        """Tell whoever listens to this server's events."""
        emit(self.event_logger, action, self.session.hub_user, **more)

    def text(self, body: Any, key: str) -> str:
        """A text that the body must have."""
        value = body.get(key) if isinstance(body, dict) else None
        if not isinstance(value, str) or not value:
            raise BadPayloadError(f"the body needs a text `{key}`")
        return value


class StatusHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(self.session.status())


class OpenApiHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(describe())


class DocumentsHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer({"documents": [link_json(status) for status in await self.linking.statuses()]})

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Share a file into a room, or join a document at a path."""
        body = self.get_json_body()
        if isinstance(body, dict) and "room" in body:
            room = read_room_id(self.text(body, "room"))
            status = await self.linking.share(local_path(self.text(body, "path")), room)
        else:
            document = read_document_id(self.text(body, "document"))
            where = local_path(self.text(body, "path")) if body and body.get("path") else None
            status = await self.linking.join(document, where)
        self.tell_event(
            "share" if isinstance(body, dict) and "room" in body else "join",
            room=status.link.room,
            document=status.link.document,
            path=status.path,
            role=str(status.link.role),
        )
        self.answer(link_json(status), HTTPStatus.CREATED)


class DocumentHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def get(self, document: str) -> None:
        self.answer(link_json(await self.linking.status(read_document_id(document))))

    @web.authenticated
    @authorized
    async def delete(self, document: str) -> None:
        """Leave the document; with `?file=delete` the file goes too."""
        delete_file = self.get_query_argument("file", "keep") == "delete"
        await self.linking.leave(read_document_id(document), delete_file=delete_file)
        self.tell_event("leave", document=document)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class RoomsHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.service.rooms())

    @web.authenticated
    @authorized
    async def post(self) -> None:
        room = await self.service.create_room(self.text(self.get_json_body(), "name"))
        self.answer(room, HTTPStatus.CREATED)


class MemberHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def put(self, room: str, hub_user: str) -> None:
        role = read_role(self.text(self.get_json_body(), "role"))
        self.answer(await self.service.set_member(read_room_id(room), hub_user, role))

    @web.authenticated
    @authorized
    async def delete(self, room: str, hub_user: str) -> None:
        await self.service.remove_member(read_room_id(room), hub_user)
        self.tell_event("revoke", room=room, person=hub_user)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


ROUTES: list[tuple[str, type[BridgeHandler]]] = [
    (r"/xmpp-bridge/api/status", StatusHandler),
    (r"/xmpp-bridge/api/openapi\.json", OpenApiHandler),
    (r"/xmpp-bridge/api/documents", DocumentsHandler),
    (r"/xmpp-bridge/api/documents/([^/]+)", DocumentHandler),
    (r"/xmpp-bridge/api/rooms", RoomsHandler),
    (r"/xmpp-bridge/api/rooms/([^/]+)/members/([^/]+)", MemberHandler),
]


def local_path(text: str) -> str:
    """A path as the contents manager names it: relative, and within this server's root."""
    path = text.strip("/")
    if not path or any(part in {"", ".", ".."} for part in path.split("/")):
        raise BadPayloadError("the path is not one of a file in this server")
    return path


def link_json(status: LinkStatus) -> dict[str, Any]:
    link, trouble = status.link, status.trouble
    return {
        "document": link.document,
        "room": link.room,
        "name": link.name,
        "type": link.type,
        "format": link.format,
        "path": status.path,
        "file_id": link.file_id,
        "role": str(link.role),
        "state": status.state,
        "waiting_bytes": status.waiting_bytes,
        "trouble": trouble and {"condition": trouble.condition, "reason": str(trouble)},
    }
