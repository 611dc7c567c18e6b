"""Files in rooms: put there by members, read by members, whether from a Jupyter server or with a browser."""

from __future__ import annotations

from urllib.parse import quote

from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError
from tornado.web import stream_request_body

from xmpp_bridge.chat.attachment import read_file_name, read_type
from xmpp_bridge.hub_service.files import DISK_REFUSES
from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler, BrowserHandler
from xmpp_bridge.rooms.identifiers import read_room_id
from xmpp_bridge.uploads.headers import headers_of
from xmpp_bridge.uploads.store import Incoming
from xmpp_bridge.uploads.upload import Upload, read_upload_id
from xmpp_bridge.xmpp.errors import BadPayloadError, UnavailableError

AT_ONCE = 256 * 1024


@stream_request_body
class UploadsHandler(AuthenticatedHandler):
    """A new file, which is not read before it is known whose it is and that there is space for it."""

    _incoming: Incoming | None = None
    _disk: OSError | None = None
    """Why not all of it could be written."""

    async def prepare(self) -> None:
        await super().prepare()
        if self.request.method != "POST":
            return
        length = self.request.headers.get("Content-Length", "")
        if not length.isdecimal():
            raise BadPayloadError("an upload says its Content-Length")
        files, account = self.parts.files, await self.account()
        self._name = read_file_name(self.get_query_argument("name", ""))
        room = read_room_id(self.path_args[0])
        self._incoming = await files.receive(account, room, int(length))
        if isinstance(self.request.connection, HTTP1Connection):
            self.request.connection.set_max_body_size(files.limits.file)

    def data_received(self, chunk: bytes) -> None:
        if self._incoming is None or self._disk is not None:
            return
        try:
            self._incoming.write(chunk)
        except OSError as error:
            self._disk = error

    async def post(self, room: str) -> None:
        if self._incoming is None:
            raise BadPayloadError("there is no file in this request")
        if self._disk is not None:
            raise UnavailableError(DISK_REFUSES) from self._disk
        kind = read_type({"type": self.request.headers.get("Content-Type", "")})
        upload = await self.parts.files.keep(
            self._incoming, await self.account(), read_room_id(room), self._name, kind
        )
        self.send_json(self._as_json(upload), status=201)

    def on_finish(self) -> None:
        self._discard()

    def on_connection_close(self) -> None:
        self._discard()

    def _discard(self) -> None:
        if self._incoming is not None:
            self._incoming.discard()

    def _as_json(self, upload: Upload) -> dict[str, object]:
        path = f"api/rooms/{upload.room}/uploads/{upload.id}/{quote(upload.name, safe='')}"
        return {
            "id": upload.id,
            "url": self.front.prefix + path,
            "name": upload.name,
            "size": upload.size,
            "type": upload.type,
        }


class UploadHandler(BrowserHandler):
    """One file."""

    async def get(self, room: str, upload: str, name: str) -> None:  # noqa: ARG002 - part of the address
        """The name is for people; the room and the id say which file."""
        files, account = self.parts.files, await self.account()
        found = await files.find(account, read_room_id(room), read_upload_id(upload))
        for header, value in headers_of(found.name, found.type).items():
            self.set_header(header, value)
        self.set_header("Content-Length", str(found.size))
        try:
            with files.path_of(found).open("rb") as file:
                while chunk := file.read(AT_ONCE):
                    self.write(chunk)
                    await self.flush()
        except StreamClosedError:
            return  # The reader has gone.
        await self.finish()
