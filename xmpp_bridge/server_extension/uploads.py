"""Files of rooms, through this server: so a browser needs no login but the one it has."""

from __future__ import annotations

from http import HTTPStatus

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.httpclient import HTTPResponse

from xmpp_bridge.chat.attachment import read_file_name, read_type
from xmpp_bridge.rooms.identifiers import read_room_id
from xmpp_bridge.server_extension.handlers import BridgeHandler
from xmpp_bridge.uploads.headers import headers_of


class UploadsHandler(BridgeHandler):
    @web.authenticated
    @authorized
    async def post(self, room: str) -> None:
        """Put a file into a room; answers what a message then says of it."""
        name = read_file_name(self.get_query_argument("name", ""))
        kind = read_type({"type": self.request.headers.get("Content-Type", "")})
        body = self.request.body
        upload = await self.service.upload(read_room_id(room), name, kind, body)
        self.answer(upload, HTTPStatus.CREATED)


class SendingHandler(BridgeHandler):
    def send(self, answer: HTTPResponse, name: str) -> None:
        """Pass on what the service sent, with the headers that make it harmless."""
        headers = headers_of(name, answer.headers.get("Content-Type", ""))
        for header, value in headers.items():
            self.set_header(header, value)
        self.finish(answer.body, set_content_type=headers["Content-Type"])


class UploadHandler(SendingHandler):
    @web.authenticated
    @authorized
    async def get(self, room: str, upload: str, name: str) -> None:
        """A file of a room, as the service sends it."""
        self.send(await self.service.download(read_room_id(room), upload, name), name)


class ClientUploadHandler(SendingHandler):
    @web.authenticated
    @authorized
    async def get(self, upload: str, name: str) -> None:
        """A file of somebody's XMPP client, as the service sends it."""
        self.send(await self.service.download_of_client(upload, name), name)


UPLOAD_ROUTES: list[tuple[str, type[BridgeHandler]]] = [
    (r"/xmpp-bridge/api/rooms/([^/]+)/uploads", UploadsHandler),
    (r"/xmpp-bridge/api/rooms/([^/]+)/uploads/([^/]+)/([^/]+)", UploadHandler),
    (r"/xmpp-bridge/api/uploads/([^/]+)/([^/]+)", ClientUploadHandler),
]
