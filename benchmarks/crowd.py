"""Readers in a process of their own, which take what comes and note when; nothing is parsed until all is over."""

import asyncio
import base64
import multiprocessing
import re
import selectors
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from pycrdt import Doc

from benchmarks.browser_socket import BrowserSocket, enter_room
from benchmarks.keystrokes import marks_in
from benchmarks.muc_socket import MucRoom, MucSocket
from benchmarks.process import stand_back

KEEP_ALIVE = 20.0
"""Seconds; an XMPP server gives up whoever has said nothing for longer."""
CARRIED = re.compile(rb"<update [^>]*>([A-Za-z0-9+/=]*)</update>")
Heard = dict[int, int]
"""The monotonic nanoseconds at which a reader had each mark."""


@dataclass(frozen=True)
class LightReader:
    """A bare XMPP connection with a place in a document room."""

    room: MucRoom
    localpart: str
    token: str = field(repr=False)

    def enter(self, *, late: bool = True) -> MucSocket:
        return MucSocket(self.room, self.localpart, self.token, late=late)


@dataclass(frozen=True)
class TabReader:
    """A browser's WebSocket to the document on one Jupyter server."""

    url: str
    headers: dict[str, str] = field(repr=False)

    def enter(self) -> BrowserSocket:
        socket = BrowserSocket(self.url, self.headers)
        enter_room(socket, Doc())
        return socket


Seat = LightReader | TabReader


class Crowd:
    """The process, as whoever measures sees it; it lives for the length of `crowd`."""

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self._pipe = pipe

    async def enter(self, seats: Sequence[Seat]) -> None:
        """Let these in, besides those who are there."""
        await self._ask(list(seats))

    async def heard(self) -> list[Heard]:
        """What each reader has heard since the last time."""
        found: list[Heard] = await self._ask(None)
        return found

    async def _ask(self, question: object) -> Any:
        self._pipe.send(question)
        return await asyncio.to_thread(self._pipe.recv)


@contextmanager
def crowd(*, nice: int = 0) -> Iterator[Crowd]:
    """Without a single reader yet; `nice` is how much others of this machine go before it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_listen, args=(there, nice), daemon=True)
    process.start()
    try:
        yield Crowd(here)
    finally:
        process.terminate()
        process.join()


class _Reader:
    """One socket, and the pieces that came, each with its moment."""

    def __init__(self, seat: Seat) -> None:
        self.socket = seat.enter()
        self.pieces: list[tuple[int, bytes]] = []

    def take(self) -> None:
        """A few microseconds: what a reader costs, the others wait for."""
        data = self.socket.take()
        self.pieces.append((time.monotonic_ns(), data))
        if not data:
            raise ConnectionError("the server has hung up")

    def heard(self) -> Heard:
        """Each mark at the moment of the piece that completed it; then everything is forgotten."""
        marks = _in_xml if isinstance(self.socket, MucSocket) else _in_frames
        heard: Heard = {}
        opened = [(moment, self.socket.open(data)) for moment, data in self.pieces]
        for moment, mark in marks(opened):
            heard.setdefault(mark, moment)
        self.pieces.clear()
        return heard


def _in_frames(pieces: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, int]]:
    rest = b""
    for moment, data in pieces:
        yield from ((moment, mark) for mark in marks_in(rest + data))
        rest = data[-2:]  # a mark may be cut in two


def _in_xml(pieces: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, int]]:
    """In an attribute beside the update, or within it."""
    rest = b""
    for moment, data in pieces:
        rest, end = rest + data, 0
        for found in CARRIED.finditer(rest):
            end = found.end()
            update = base64.b64decode(found[1])
            yield from ((moment, mark) for mark in (*marks_in(found[0]), *marks_in(update)))
        rest = rest[end:]


def _listen(pipe: "Connection[Any, Any]", nice: int) -> None:
    """What the process does until it is terminated."""
    if nice:
        stand_back(nice)
    readers: list[_Reader] = []
    alive = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(1.0):
                if key.data is not None:
                    key.data.take()
                    continue
                question = pipe.recv()
                if question is None:
                    pipe.send([reader.heard() for reader in readers])
                    continue
                for seat in question:
                    reader = _Reader(seat)
                    selector.register(reader.socket, selectors.EVENT_READ, reader)
                    readers.append(reader)
                pipe.send(None)
            if time.monotonic() > alive + KEEP_ALIVE:
                alive = time.monotonic()
                for reader in readers:
                    reader.socket.keep_alive()
