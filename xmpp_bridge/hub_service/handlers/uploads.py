"""Files in rooms: put there by members, read by members, whether from a Jupyter server or with a browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError
from tornado.web import stream_request_body

from xmpp_bridge.chat.attachment import read_file_name, read_type
from xmpp_bridge.hub_service.files import DISK_REFUSES
from xmpp_bridge.hub_service.handlers.base import (
    AuthenticatedHandler,
    BrowserHandler,
    JsonHandler,
)
from xmpp_bridge.rooms.identifiers import read_room_id
from xmpp_bridge.uploads.folder import Incoming
from xmpp_bridge.uploads.headers import headers_of
from xmpp_bridge.uploads.upload import Upload, read_upload_id
from xmpp_bridge.xmpp.errors import BadPayloadError, UnavailableError

AT_ONCE = 256 * 1024


class ReceivingHandler(JsonHandler):
    """A file, which is not read before it is known whose it is and that there is space for it."""

    _incoming: Incoming | None = None
    _disk: OSError | None = None
    """Why not all of it could be written."""

    def read_length(self) -> int:
        """How large the file is, as the request says."""
        length = self.request.headers.get("Content-Length", "")
        if not length.isdecimal():
            raise BadPayloadError("an upload says its Content-Length")
        return int(length)

    def receive(self, incoming: Incoming) -> None:
        """Read what comes into there."""
        self._incoming = incoming
        if isinstance(self.request.connection, HTTP1Connection):
            self.request.connection.set_max_body_size(self.parts.files.limits.file)

    def received(self) -> Incoming:
        """All of it."""
        if self._incoming is None:
            raise BadPayloadError("there is no file in this request")
        if self._disk is not None:
            raise UnavailableError(DISK_REFUSES) from self._disk
        return self._incoming

    def data_received(self, chunk: bytes) -> None:
        if self._incoming is None or self._disk is not None:
            return
        try:
            self._incoming.write(chunk)
        except OSError as error:
            self._disk = error

    def on_finish(self) -> None:
        self._discard()

    def on_connection_close(self) -> None:
        self._discard()

    def _discard(self) -> None:
        if self._incoming is not None:
            self._incoming.discard()


class SendingHandler(BrowserHandler):
    """A file on its way to a reader."""

    async def send(self, path: Path, name: str, kind: str, size: int) -> None:
        """Send all of it, with the headers that make it harmless."""
        for header, value in headers_of(name, kind).items():
            self.set_header(header, value)
        self.set_header("Content-Length", str(size))
        try:
            with path.open("rb") as file:
                while chunk := file.read(AT_ONCE):
                    self.write(chunk)
                    await self.flush()
        except StreamClosedError:
            return  # The reader has gone.
        await self.finish()


@stream_request_body
class UploadsHandler(ReceivingHandler, AuthenticatedHandler):
    """A new file of a room."""

    async def prepare(self) -> None:
        await super().prepare()
        if self.request.method != "POST":
            return
        length, account = self.read_length(), await self.account()
        self._name = read_file_name(self.get_query_argument("name", ""))
        room = read_room_id(self.path_args[0])
        self.receive(await self.parts.files.receive(account, room, length))

    async def post(self, room: str) -> None:
        kind = read_type({"type": self.request.headers.get("Content-Type", "")})
        upload = await self.parts.files.keep(
            self.received(), await self.account(), read_room_id(room), self._name, kind
        )
        self.send_json(self._as_json(upload), status=201)

    def _as_json(self, upload: Upload) -> dict[str, object]:
        path = f"api/rooms/{upload.room}/uploads/{upload.id}/{quote(upload.name, safe='')}"
        return {
            "id": upload.id,
            "url": self.front.prefix + path,
            "name": upload.name,
            "size": upload.size,
            "type": upload.type,
        }


class UploadHandler(SendingHandler):
    """One file of a room."""

    async def get(self, room: str, upload: str, name: str) -> None:  # noqa: ARG002 - part of the address
        """The name is for people; the room and the id say which file."""
        files, account = self.parts.files, await self.account()
        found = await files.find(account, read_room_id(room), read_upload_id(upload))
        await self.send(files.path_of(found), found.name, found.type, found.size)


@stream_request_body
class SlotHandler(ReceivingHandler, SendingHandler):
    """One file of an XMPP client (XEP-0363): put there with the token of its slot, read by those who may.

    Whoever puts it shows no cookie, so that web clients of any origin may (its section 7).
    """

    without_hub = frozenset({"PUT", "OPTIONS"})

    def set_default_headers(self) -> None:
        super().set_default_headers()
        if self.request.method != "GET":
            self.set_header("Access-Control-Allow-Origin", "*")
            self.set_header("Access-Control-Allow-Methods", "PUT, OPTIONS")
            self.set_header("Access-Control-Allow-Headers", "Authorization, Content-Type")

    async def prepare(self) -> None:
        await super().prepare()
        if self.request.method != "PUT":
            return
        token = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
        slots, slot_id = self.parts.slots, read_upload_id(self.path_args[0])
        self._slot = await slots.admit(slot_id, token, self.read_length())
        self.receive(slots.receive())

    async def put(self, upload: str, name: str) -> None:  # noqa: ARG002 - part of the address
        await self.parts.slots.keep(self.received(), self._slot)
        self.set_status(201)
        self.finish()

    def options(self, upload: str, name: str) -> None:  # noqa: ARG002 - part of the address
        self.send_nothing()

    async def get(self, upload: str, name: str) -> None:  # noqa: ARG002 - part of the address
        slots, account = self.parts.slots, await self.account()
        found = await slots.find(account, read_upload_id(upload))
        await self.send(slots.path_of(found), found.file.name, found.file.type, found.file.size)
