"""A real WebSocket whose client does not read, while others go on writing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pycrdt import Awareness, Doc, Text, create_awareness_message, create_update_message
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler

from xmpp_bridge.documents import backpressure
from xmpp_bridge.documents.backpressure import MOST_UNSENT
from xmpp_bridge.documents.channels import TRY_AGAIN_LATER, Browser, news_since
from xmpp_bridge.lib0 import Reader

PIECE = 64 * 1024
PIECES = 160  # 10 MiB
SYNC_UPDATE = b"\x00\x02"
HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Desk:
    """A document of this server, and one browser that looks at it."""

    def __init__(self) -> None:
        self.doc: Doc[Text] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.awareness = Awareness(self.doc)
        self.told = self.written = 0
        self.browser: Browser | None = None
        self.opened = asyncio.Event()
        self.code: int | None = None
        self.closed = asyncio.Event()

    def open(self, handler: Any) -> None:
        handler.ws_connection.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        self.handler = handler
        self.browser = Browser(
            handler,
            lambda _: True,
            self.doc.get_state,
            lambda known: news_since(known, self.doc, self.awareness),
        )
        self.opened.set()

    @property
    def unsent(self) -> int:
        """COMPAT(tornado 6): nothing public tells how much waits."""
        return len(self.handler.ws_connection.stream._write_buffer)

    def type(self, letters: str) -> None:
        """Somebody else writes."""
        before = self.doc.get_state()
        self.text += letters
        message = create_update_message(self.doc.get_update(before))
        self.told += len(message)
        assert self.browser is not None
        self.browser.tell(message)

    async def move(self, where: int) -> None:
        """Somebody else's cursor."""
        self.awareness.set_local_state({"cursors": [where]})
        update = self.awareness.encode_awareness_update([self.awareness.client_id])
        assert self.browser is not None
        await self.browser.send(create_awareness_message(update))


class Handler(WebSocketHandler):
    """As jupyter_server_ydoc's, as far as a Browser needs it."""

    path = "json:notebook:1"

    def initialize(self, desk: Desk) -> None:
        self.desk = desk

    def open(self, *_args: str, **_kwargs: str) -> None:
        self.desk.open(self)

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        super().close(code, reason)
        self.desk.code = code
        self.desk.closed.set()


class Tab:
    """Reads only when told to."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.doc: Doc[Text] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.awareness = Awareness(self.doc)
        self.read = 0

    async def message(self) -> None:
        """Take one message."""
        head = await self._reader.readexactly(2)
        size = head[1]
        if size >= 126:
            size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
        message = await self._reader.readexactly(size)
        self.read += size
        body = Reader(message[2:] if message[0] == 0 else message[1:]).blob()
        if message[:2] == SYNC_UPDATE:
            self.doc.apply_update(body)
        else:
            self.awareness.apply_awareness_update(body, "remote")


@asynccontextmanager
async def looking(desk: Desk) -> AsyncIterator[Tab]:
    server = HTTPServer(Application([("/", Handler, {"desk": desk})]))
    listener, port = bind_unused_port()
    server.add_socket(listener)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    client.settimeout(0)
    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=client, limit=65_536)
    try:
        writer.write(HANDSHAKE.encode())
        await reader.readuntil(b"\r\n\r\n")
        await desk.opened.wait()
        yield Tab(reader)
    finally:
        writer.close()
        server.stop()
        await server.close_all_connections()


async def until(condition: Callable[[], bool], step: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await step()


async def test_what_a_browser_does_not_read_is_bounded_and_then_it_gets_all_of_it_once() -> None:
    desk = Desk()
    async with looking(desk) as tab:
        desk.type("But soft, ")
        await tab.message()
        assert str(tab.text) == "But soft, "
        most = 0
        for number in range(PIECES):
            desk.type(chr(ord("a") + number % 26) * PIECE)
            await desk.move(number)
            most = max(most, desk.unsent)
            await asyncio.sleep(0)
        assert desk.told > 2 * MOST_UNSENT
        assert most <= MOST_UNSENT + 2 * PIECE

        await until(lambda: tab.doc.get_state() == desk.doc.get_state(), tab.message)
        await until(
            lambda: tab.awareness.states.get(desk.awareness.client_id) == {"cursors": [PIECES - 1]},
            tab.message,
        )
        assert tab.read < desk.told + PIECES * 64  # nothing twice
        desk.type("what light")
        await until(lambda: tab.doc.get_state() == desk.doc.get_state(), tab.message)
        assert str(tab.text) == str(desk.text)
        assert len(str(tab.text)) == len("But soft, what light") + PIECES * PIECE


async def test_what_was_deleted_while_a_browser_was_behind_is_gone_when_it_is_not() -> None:
    desk = Desk()
    async with looking(desk) as tab:
        for _ in range(2 * MOST_UNSENT // PIECE):
            desk.type("x" * PIECE)
        del desk.text[:]  # Of this the state vector says nothing, and nobody is told.
        desk.type("Juliet")
        await until(lambda: tab.doc.get_state() == desk.doc.get_state(), tab.message)
        assert str(tab.text) == "Juliet"


async def test_a_browser_that_never_reads_is_closed_and_may_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backpressure, "PATIENCE", 0.1)
    desk = Desk()
    async with looking(desk):
        for _ in range(2 * MOST_UNSENT // PIECE):
            desk.type("x" * PIECE)
        async with asyncio.timeout(20):
            await desk.closed.wait()
        assert desk.code == TRY_AGAIN_LATER
