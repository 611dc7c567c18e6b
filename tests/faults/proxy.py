"""A TCP proxy that does to connections what networks do.

Whoever has a connection is its owner, and each owner has a weather of their own. TCP keeps its promises under any
weather: what gets through is in order and whole. What does not get through waits, or is gone with its connection.
"""

from __future__ import annotations

import asyncio
import math
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

Address = tuple[str, int]

PIECE = 4096
PIECES = 16
"""How much may be on its way in one direction of one connection, as in a router's queue."""


@dataclass(frozen=True)
class Weather:
    """What becomes of somebody's bytes; `up` is from whoever connected to the server."""

    passes: bool = True
    """A network that lets nothing pass is silent: sockets stay open, and no end hears of the other, nor of its end.
    What was sent waits, as it does in TCP, and gets through should the weather change before an end gives up.
    """
    refuses: bool = False
    """Connections are reset as soon as they are made."""
    rate: float = math.inf
    """Bytes per second in each direction, shared by all connections of the owner."""
    up_delay: float = 0.0
    down_delay: float = 0.0
    jitter: float = 0.0
    """Seconds, at most, by which a piece is later than the delay."""


CALM = Weather()
BLACK_HOLE = Weather(passes=False)
CUT = Weather(refuses=True)


class Sky:
    """The weather of one owner, and their connections."""

    def __init__(self, chance: random.Random) -> None:
        self.connections: set[Connection] = set()
        self._chance = chance
        self._weather = CALM
        self._passes = asyncio.Event()
        self._passes.set()
        self._free = {"up": 0.0, "down": 0.0}

    @property
    def weather(self) -> Weather:
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        """Change it for the connections that are and for those to come."""
        self._weather = weather
        if weather.passes:
            self._passes.set()
        else:
            self._passes.clear()
        if weather.refuses:
            self.reset()

    def reset(self) -> None:
        """Reset every connection, at both ends."""
        for connection in self.connections:
            connection.reset()

    async def passing(self) -> None:
        """Wait until something can pass."""
        await self._passes.wait()

    def arrival(self, size: int, way: str) -> float:
        """When a piece that is sent now arrives, on the event loop's clock."""
        now = asyncio.get_running_loop().time()
        weather = self._weather
        self._free[way] = max(now, self._free[way]) + size / weather.rate
        delay = weather.up_delay if way == "up" else weather.down_delay
        return self._free[way] + delay + self._chance.random() * weather.jitter


class End:
    """One end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.forgotten = False
        """Whether it is left alone: nothing is written to it any more, not even an end."""
        self._writer = writer

    async def write(self, piece: bytes) -> None:
        """Pass it on; nothing is the end. Whoever has gone does not take it."""
        if self.forgotten or self._writer.is_closing():
            return
        with suppress(OSError):
            if not piece:
                self._writer.write_eof()
                return
            self._writer.write(piece)
            await self._writer.drain()

    def reset(self) -> None:
        raw = self._writer.get_extra_info("socket")
        if raw is not None and not self._writer.is_closing():
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


class Connection:
    """One connection through the proxy."""

    def __init__(self, sky: Sky, client: End, server: End) -> None:
        self._sky = sky
        self._client = client
        self._server = server

    def reset(self) -> None:
        """End it at both ends, without a word and without what was on its way."""
        self._client.reset()
        self._server.reset()

    def forget(self) -> None:
        """Reset it for whoever connected; the server is not told, as when a machine loses its power: half-open."""
        self._client.reset()
        self._server.forgotten = True

    async def carry(self) -> None:
        """Carry bytes both ways until both have ended."""
        await asyncio.gather(
            self._flow(self._client, self._server, "up"),
            self._flow(self._server, self._client, "down"),
        )

    async def _flow(self, source: End, target: End, way: str) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(PIECES)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take(source, queue, way))
            tasks.create_task(self._give(queue, target))

    async def _take(self, source: End, queue: asyncio.Queue[tuple[float, bytes]], way: str) -> None:
        last = 0.0
        while True:
            try:
                piece = await source.reader.read(PIECE)
            except OSError:
                piece = b""
            last = max(last, self._sky.arrival(len(piece), way))
            await queue.put((last, piece))
            if not piece:
                return

    async def _give(self, queue: asyncio.Queue[tuple[float, bytes]], target: End) -> None:
        loop = asyncio.get_running_loop()
        while True:
            moment, piece = await queue.get()
            await asyncio.sleep(moment - loop.time())
            await self._sky.passing()
            await target.write(piece)
            if not piece:
                return


class Proxy:
    """Stands between everybody and `target`; who is who, `whose` tells by the address that a connection comes from."""

    def __init__(
        self,
        target: Callable[[], Address],
        whose: Callable[[Address], str],
        seed: int = 1597,
    ) -> None:
        self._target = target
        self._whose = whose
        self._chance = random.Random(seed)
        self._skies: dict[str, Sky] = {}
        self._lives: set[asyncio.Task[None]] = set()

    def sky(self, owner: str) -> Sky:
        """What is over this owner."""
        return self._skies.setdefault(owner, Sky(self._chance))

    @asynccontextmanager
    async def listening(self, host: str, port: int = 0) -> AsyncIterator[Address]:
        """Take connections at an address, which is returned, for the length of the block."""
        server = await asyncio.start_server(self._accept, host, port)
        try:
            yield server.sockets[0].getsockname()[:2]
        finally:
            server.close()
            for life in self._lives:
                life.cancel()
            await asyncio.gather(*self._lives, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        life = asyncio.create_task(self._live(End(reader, writer), writer))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    async def _live(self, client: End, writer: asyncio.StreamWriter) -> None:
        try:
            sky = self.sky(await asyncio.to_thread(self._whose, writer.get_extra_info("peername")))
            await sky.passing()
            if sky.weather.refuses:
                return
            try:
                server = End(*await asyncio.open_connection(*self._target()))
            except OSError:
                return
            await self._carry(sky, Connection(sky, client, server), server)
        finally:
            client.reset()

    async def _carry(self, sky: Sky, connection: Connection, server: End) -> None:
        sky.connections.add(connection)
        try:
            await connection.carry()
        finally:
            sky.connections.remove(connection)
            server.reset()
