"""The component as XML in and XML out, against a server that is a few lines of script."""

from __future__ import annotations

import asyncio
import hashlib
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from slixmpp import JID
from slixmpp.exceptions import IqError

from xmpp_bridge.xmpp import component as component_module
from xmpp_bridge.xmpp.component import Component, ComponentLogin, ComponentStream, attached
from xmpp_bridge.xmpp.errors import NotAuthorizedError, UnavailableError
from xmpp_bridge.xmpp.stream import Secret

SERVICE = JID("xmpp-bridge@bridge.montague.lit/service")
OPENING = (
    "<stream:stream xmlns='jabber:component:accept' from='bridge.montague.lit' id='s1'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
HANDSHAKE = f"<handshake>{hashlib.sha1(b's1secret').hexdigest()}</handshake>"

Script = Callable[["Server"], Awaitable[None]]


class Server:
    """The other side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._heard = ""

    async def hears(self, *parts: str) -> str:
        """Wait until all of this was said since the last time."""
        async with asyncio.timeout(10):
            while not all(part in self._heard for part in parts):
                data = await self._reader.read(65536)
                assert data, f"closed without saying {parts}"
                self._heard += data.decode()
        heard, self._heard = self._heard, ""
        return heard

    def says(self, text: str) -> None:
        self._writer.write(text.encode())

    async def accepts(self) -> None:
        await self.hears('to="bridge.montague.lit"')
        self.says(OPENING)
        assert HANDSHAKE in await self.hears("</handshake>")
        self.says("<handshake/>")


@asynccontextmanager
async def listening(script: Script) -> AsyncIterator[ComponentLogin]:
    """A server that plays `script` for each connection; what fails in it fails the test."""
    playing: list[asyncio.Task[None]] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        playing.append(task)
        try:
            await script(Server(reader, writer))
        finally:
            writer.close()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield ComponentLogin(SERVICE, "montague.lit", Secret("secret"), host, port)
        server.close()
        await asyncio.gather(*playing)


async def answered(stream: ComponentStream, to: str) -> ET.Element:
    iq = stream.make_iq_get(ito=JID(to))
    iq.xml.append(ET.Element("{urn:xmpp:ping}ping"))
    result = await iq.send(timeout=10)  # type: ignore[no-untyped-call]
    element: ET.Element = result.xml
    return element


async def test_every_stanza_says_who_speaks() -> None:
    async def script(server: Server) -> None:
        await server.accepts()
        heard = await server.hears("<message", "</message>")
        message = ET.fromstring(heard)
        assert message.get("from") == SERVICE.full

    async with listening(script) as login, attached(login) as stream:
        stream.rooms.send_groupchat(JID("orchard@rooms.montague.lit"), "1", (ET.Element("x"),))
        await stream.ended


async def test_an_errors_condition_is_read_as_it_was_written() -> None:
    async def script(server: Server) -> None:
        await server.accepts()
        iq = ET.fromstring(await server.hears("<iq", "</iq>"))
        server.says(
            f"<iq type='error' id='{iq.get('id')}' to='{SERVICE}' from='{iq.get('to')}'>"
            "<error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            "</error></iq>"
        )
        await server.hears("</stream:stream>")
        server.says("</stream:stream>")

    async with listening(script) as login, attached(login) as stream:
        with pytest.raises(IqError) as refusal:
            await answered(stream, "orchard@rooms.montague.lit/xmpp-bridge")
        assert refusal.value.condition == "not-acceptable"


async def test_a_wrong_secret_is_told_from_a_server_that_is_away() -> None:
    async def script(server: Server) -> None:
        await server.hears("stream")
        server.says(OPENING)
        await server.hears("</handshake>")
        server.says(
            "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
            "</stream:error></stream:stream>"
        )

    async with listening(script) as login:
        with pytest.raises(NotAuthorizedError):
            async with attached(login):
                pytest.fail("let in")
    with pytest.raises(UnavailableError):
        async with attached(login):
            pytest.fail("let in by nobody")


async def test_it_comes_back_by_itself_and_says_what_was_wrong() -> None:
    cut = asyncio.Event()

    async def script(server: Server) -> None:
        first = not cut.is_set()
        await server.accepts()
        if first:
            await cut.wait()
        else:
            await server.hears("</stream:stream>")
            server.says("</stream:stream>")

    async with listening(script) as login:
        component = Component(lambda: login, chance=lambda: 0.0)
        assert component.current is None
        assert isinstance(await component.why_down(), UnavailableError)
        running = asyncio.create_task(component.run())
        first = await component.stream()
        cut.set()
        await first.ended
        while (second := await component.stream()) is first:
            await asyncio.sleep(0)
        assert component.current is second
        assert await component.why_down() is None
        running.cancel()
        await asyncio.wait([running])
        assert component.current is None


async def test_a_server_that_vanished_without_a_word_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(component_module, "PING_EVERY", timedelta(milliseconds=1))
    monkeypatch.setattr(component_module, "PATIENCE", timedelta(milliseconds=50))

    async def script(server: Server) -> None:
        await server.accepts()
        await server.hears("urn:xmpp:ping", "</stream:stream>")
        server.says("</stream:stream>")

    async with listening(script) as login:
        component = Component(lambda: login, chance=lambda: 0.0)
        running = asyncio.create_task(component.run())
        error = await (await component.stream()).ended
        assert "does not answer" in str(error)
        running.cancel()
        await asyncio.wait([running])
