"""The proxy does what its weather says: a network that is not cut would let every test of a cut network pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.faults.proxy import BLACK_HOLE, CALM, CUT, Address, Proxy, Weather

SOON = 5.0
NEVER = 0.2
"""Seconds after which what has not come does not come."""


class Echo:
    """A server that says everything again."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.ended = asyncio.Event()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            self.heard.append(piece)
            writer.write(piece)
        self.ended.set()
        writer.close()


@dataclass
class Place:
    """A server with the proxy before it, and where that is."""

    address: Address
    proxy: Proxy
    echo: Echo


Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest_asyncio.fixture
async def place() -> AsyncIterator[Place]:
    echo, names = Echo(), iter(("romeo", "juliet"))
    server = await asyncio.start_server(echo.talk, "127.0.0.1", 0)
    proxy = Proxy(lambda: server.sockets[0].getsockname()[:2], lambda _: next(names))
    async with server, proxy.listening("127.0.0.1") as address:
        yield Place(address, proxy, echo)


@pytest_asyncio.fixture
async def client(place: Place) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(*place.address)
    assert await said(reader, writer, b"But soft") == b"But soft"
    yield reader, writer
    writer.close()


async def said(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: bytes, within: float = SOON
) -> bytes:
    """Say it, and return what comes back."""
    writer.write(words)
    async with asyncio.timeout(within):
        return await reader.readexactly(len(words))


async def test_a_cut_resets_both_ends_and_whoever_comes_next(place: Place, client: Client) -> None:
    place.proxy.sky("romeo").weather = CUT
    async with asyncio.timeout(SOON):
        with pytest.raises(ConnectionResetError):
            await client[0].read()
        place.proxy.sky("juliet").weather = CUT
        reader, _ = await asyncio.open_connection(*place.address)
        with pytest.raises(ConnectionResetError):
            await reader.read()
    assert place.echo.heard == [b"But soft"]


async def test_a_black_hole_lets_nothing_through_and_keeps_what_waits(
    place: Place, client: Client
) -> None:
    sky = place.proxy.sky("romeo")
    sky.weather = BLACK_HOLE
    with pytest.raises(TimeoutError):
        await said(*client, b"what light", NEVER)
    assert place.echo.heard == [b"But soft"]
    sky.weather = CALM
    async with asyncio.timeout(SOON):
        assert await client[0].readexactly(10) == b"what light"


async def test_in_a_black_hole_nobody_hears_of_an_end(place: Place, client: Client) -> None:
    sky = place.proxy.sky("romeo")
    sky.weather = BLACK_HOLE
    client[1].close()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(NEVER):
            await place.echo.ended.wait()
    sky.weather = CALM
    async with asyncio.timeout(SOON):
        await place.echo.ended.wait()


async def test_a_connection_half_open_is_gone_for_one_end_only(
    place: Place, client: Client
) -> None:
    (connection,) = place.proxy.sky("romeo").connections
    connection.forget()
    with pytest.raises(ConnectionResetError):
        await said(*client, b"through yonder")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(NEVER):
            await place.echo.ended.wait()


async def test_a_slow_network_carries_so_many_bytes_a_second(place: Place, client: Client) -> None:
    place.proxy.sky("romeo").weather = Weather(rate=100_000, up_delay=0.1, down_delay=0.1)
    began = asyncio.get_running_loop().time()
    assert await said(*client, bytes(50_000)) == bytes(50_000)
    assert 0.65 < asyncio.get_running_loop().time() - began < 3


async def test_what_one_says_overtakes_what_another_said_before(
    place: Place, client: Client
) -> None:
    place.proxy.sky("romeo").weather = Weather(up_delay=0.3)
    late = asyncio.create_task(said(*client, b"late"))
    juliet = await asyncio.open_connection(*place.address)
    assert await said(*juliet, b"early") == b"early"
    assert await late == b"late"
    assert place.echo.heard == [b"But soft", b"early", b"late"]
    juliet[1].close()
