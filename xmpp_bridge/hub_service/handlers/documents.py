"""Documents: what it takes to enter their rooms, and the sync exchange."""

from __future__ import annotations

from tornado.http1connection import HTTP1Connection
from tornado.web import stream_request_body

from xmpp_bridge.documents.relay import decode_relay
from xmpp_bridge.documents.sync import (
    CONTENT_TYPE,
    MOST_SYNC,
    SyncMessage,
    decode_sync,
    encode_sync,
)
from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler
from xmpp_bridge.hub_service.parts import Front
from xmpp_bridge.hub_service.scopes import ROOMS_READ
from xmpp_bridge.rooms.identifiers import read_document_id
from xmpp_bridge.xmpp.errors import TooLargeError


class DocumentsHandler(AuthenticatedHandler):
    """Every document the caller may read."""

    async def get(self) -> None:
        documents = await self.parts.sharing.documents(await self.account())
        self.send_json({"documents": [self.views.document(each) for each in documents]})


class VersionsHandler(AuthenticatedHandler):
    """What every document that the caller may read is at, or one of them."""

    async def get(self) -> None:
        only = self.get_query_argument("document", None)
        wanted = None if only is None else read_document_id(only)
        account = await self.account()
        readable = await self.parts.sharing.readable(account, wanted)
        documents = [document for document, _ in readable]
        versions = await self.parts.exchange.versions(account, documents, wanted)
        self.send_json({"documents": self.views.versions(readable, versions)})


class DocumentHandler(AuthenticatedHandler):
    """One document, with its password."""

    async def get(self, document: str) -> None:
        sharing = self.parts.sharing
        opened = await sharing.document(await self.account(), read_document_id(document))
        members = await sharing.members(opened.document)
        clients = await sharing.clients(opened.document)
        self.send_json(self.views.admission(opened, members, clients))


class _UpdateHandler(AuthenticatedHandler):
    """A request with a large body, which is not read before it is known whose it is."""

    writing_scope = ROOMS_READ  # A viewer may ask; what somebody gives is judged by their role.

    def initialize(self, front: Front) -> None:
        super().initialize(front)
        self._chunks: list[bytes] = []

    async def prepare(self) -> None:
        await super().prepare()
        length = self.request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) > MOST_SYNC:
            raise TooLargeError(f"a sync has at most {MOST_SYNC} bytes")
        connection = self.request.connection
        if isinstance(connection, HTTP1Connection):
            connection.set_max_body_size(MOST_SYNC)

    def data_received(self, chunk: bytes) -> None:
        self._chunks.append(chunk)

    @property
    def body(self) -> bytes:
        return b"".join(self._chunks)

    def send(self, answer: SyncMessage) -> None:
        self.set_header("Content-Type", CONTENT_TYPE)
        self.finish(encode_sync(answer))


@stream_request_body
class SyncHandler(_UpdateHandler):
    """Everybody's own, and what they lack."""

    async def post(self, document: str) -> None:
        message = decode_sync(self.body)
        account = await self.account()
        opened = await self.parts.sharing.document(account, read_document_id(document))
        self.send(await self.parts.exchange.sync(account, opened.document, message))


@stream_request_body
class RelayHandler(_UpdateHandler):
    """What others wrote whose replicas are gone."""

    async def post(self, document: str) -> None:
        message = decode_relay(self.body)
        account = await self.account()
        opened = await self.parts.sharing.document(account, read_document_id(document))
        self.send(await self.parts.relays.offer(account, opened.document, message))
