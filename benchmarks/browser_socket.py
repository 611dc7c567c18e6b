"""A browser's WebSocket to a collaborative notebook, with nothing between the bytes and the clock."""

import base64
import os
import socket
import struct
import time
from typing import Any
from urllib.parse import urlsplit

from pycrdt import (
    Array,
    Awareness,
    Doc,
    Map,
    Text,
    TransactionEvent,
    YMessageType,
    YSyncMessageType,
    create_awareness_message,
    create_sync_message,
    create_update_message,
    handle_sync_message,
)

BINARY = 0x82  # a final frame with a binary message
SHORT, EXTENDED = 126, 127  # RFC 6455, section 5.2: the length is in the next 2 or 8 bytes
CLOSE = 0x8
PONG = b"\x8a\x80\0\0\0\0"


class BrowserSocket:
    """One blocking WebSocket (RFC 6455); it may be read frame by frame or as it comes."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port), 20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as browsers do
        self._buffer = b""
        self._shake_hands(f"{address.path}?{address.query}", address.netloc, headers)

    def send(self, frame: bytes) -> int:
        """Send a frame; return the monotonic nanoseconds just before."""
        now = time.monotonic_ns()
        self._socket.sendall(frame)
        return now

    def receive(self) -> bytes:
        """Whatever has come; empty when the other side has closed."""
        return self._socket.recv(1 << 16)

    def take(self) -> bytes:
        """Whatever has come already."""
        return self._socket.recv(1 << 16)

    def open(self, taken: bytes) -> bytes:
        """What it says: nothing is encrypted."""
        return taken

    def fileno(self) -> int:
        return self._socket.fileno()

    def keep_alive(self) -> None:
        """Answer the server's pings, as browsers do, before it has sent one (RFC 6455, section 5.5.3)."""
        self._socket.sendall(PONG)

    def wait_for_ever(self) -> None:
        self._socket.settimeout(None)

    def close(self) -> None:
        # A thread that waits in `recv` notices a shutdown; a mere close it would not.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def message(self) -> bytes:
        """The next message."""
        while True:
            head = self._take(2)
            length = head[1] & 0x7F
            if length == SHORT:
                (length,) = struct.unpack(">H", self._take(2))
            elif length == EXTENDED:
                (length,) = struct.unpack(">Q", self._take(8))
            payload = self._take(length)
            if head[0] & 0xF == CLOSE:
                raise ConnectionError(f"the server closed the room: {payload[2:].decode()}")
            if head[0] == BINARY:
                return payload

    def _shake_hands(self, target: str, host: str, headers: dict[str, str]) -> None:
        lines = {
            "Host": host,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **headers,
        }
        fields = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._socket.sendall(f"GET {target} HTTP/1.1\r\n{fields}\r\n".encode())
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self._more()
        answer, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        if b" 101 " not in answer.partition(b"\r\n")[0]:
            raise ConnectionError(answer.decode(errors="replace"))

    def _take(self, length: int) -> bytes:
        while len(self._buffer) < length:
            self._buffer += self._more()
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken

    def _more(self) -> bytes:
        received = self.receive()
        if not received:
            raise ConnectionError("the server hung up")
        return received


class Typist:
    """Types at the end of the first code cell, with or without telling where the cursor is.

    Lives in one thread, as its Doc must.
    """

    def __init__(self, browser: BrowserSocket, *, cursor: bool) -> None:
        self._browser = browser
        self._doc: Doc[Any] = Doc()
        self._awareness = Awareness(self._doc) if cursor else None
        enter_room(browser, self._doc)
        self._source = _first_source(self._doc)
        self._state = self._doc.get("state", type=Map)
        self._update = b""
        self._subscription = self._doc.observe(self._changed)

    def type(self, character: str) -> int:
        self._source += character
        sent = self._browser.send(frame(create_update_message(self._update)))
        # JupyterLab marks the document unsaved after each change.
        self._state["dirty"] = True
        self._browser.send(frame(create_update_message(self._update)))
        if self._awareness is not None:
            self._browser.send(frame(self._moved_cursor(self._awareness)))
        return sent

    def _moved_cursor(self, awareness: Awareness) -> bytes:
        position = len(str(self._source))
        user = {"username": "romeo", "name": "Romeo", "color": "#30bced"}
        awareness.set_local_state({"user": user, "cursors": [{"anchor": position}]})
        own = awareness.encode_awareness_update([awareness.client_id])
        return create_awareness_message(own)

    def _changed(self, event: TransactionEvent) -> None:
        self._update = event.update


def enter_room(browser: BrowserSocket, doc: Doc[Any]) -> None:
    """Sync both ways, so that every later message is somebody's edit; then only listen."""
    browser.send(frame(create_sync_message(doc)))
    told = heard = False
    while not (told and heard):
        message = browser.message()
        if message[0] != YMessageType.SYNC:
            continue
        answer = handle_sync_message(message[1:], doc)
        if answer is not None:
            browser.send(frame(answer))
            told = True
        heard = heard or message[1] == YSyncMessageType.SYNC_STEP2
    browser.wait_for_ever()


def frame(payload: bytes) -> bytes:
    """A client's frame; its mask is zero, so that the payload travels as it is."""
    length = len(payload)
    if length < SHORT:
        head = struct.pack(">BB", BINARY, 0x80 | length)
    elif length < 1 << 16:
        head = struct.pack(">BBH", BINARY, 0x80 | SHORT, length)
    else:
        head = struct.pack(">BBQ", BINARY, 0x80 | EXTENDED, length)
    return head + bytes(4) + payload


def _first_source(doc: Doc[Any]) -> Text:
    for cell in doc.get("cells", type=Array):
        if cell["cell_type"] == "code":
            source = cell["source"]
            assert isinstance(source, Text)
            return source
    raise LookupError("the notebook has no code cell")
