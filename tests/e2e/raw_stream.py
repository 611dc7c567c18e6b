"""An XMPP stream by hand, so that nothing stands between a test and what the server says."""

from __future__ import annotations

import asyncio
import base64
import ssl
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import cast

from tests.e2e.clients.login import ClientLogin

PATIENCE = 20.0
HEADER = (
    "<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{resource}</bind>"


class RawStream:
    """One connection, read element by element."""

    def __init__(
        self, domain: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._domain = domain
        self._reader = reader
        self._writer = writer
        self._ids = count(1)
        self._parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(("start", "end"))
        self._depth = 0

    async def open(self) -> ET.Element:
        """Begin the stream, or begin it anew, and return its features."""
        self._parser, self._depth = ET.XMLPullParser(("start", "end")), 0
        self._write(HEADER.format(domain=self._domain))
        return await self._next()

    async def log_in(self, login: ClientLogin, resource: str = "") -> ET.Element:
        """Log in, and return the features of the stream that comes then."""
        secret = base64.b64encode(f"\0{login.localpart}\0{login.password}".encode()).decode()
        self._write(AUTH.format(secret=secret))
        answer = await self._next()
        assert answer.tag.endswith("}success"), ET.tostring(answer)
        features = await self.open()
        named = f"<resource>{resource}</resource>" if resource else ""
        bound = await self.ask("set", None, BIND.format(resource=named))
        assert bound.get("type") == "result"
        return features

    async def ask(self, kind: str, to: str | None, payload: str) -> ET.Element:
        """The answer to an IQ, whatever else comes before it."""
        name = f"q{next(self._ids)}"
        receiver = "" if to is None else f" to='{to}'"
        self._write(f"<iq type='{kind}' id='{name}'{receiver}>{payload}</iq>")
        while True:
            stanza = await self._next()
            if stanza.get("id") == name:
                return stanza

    async def ends_after(self, text: str) -> str:
        """The condition under which the server ends the stream, once this is written."""
        self._write(text)
        error = await self._next()
        assert error.tag.endswith("}error"), ET.tostring(error)
        return error[0].tag.partition("}")[2]

    def _write(self, text: str) -> None:
        self._writer.write(text.encode())

    async def _next(self) -> ET.Element:
        async with asyncio.timeout(PATIENCE):
            while True:
                for each in self._parser.read_events():
                    event, element = cast(tuple[str, ET.Element], each)
                    self._depth += 1 if event == "start" else -1
                    if event == "end" and self._depth == 1:
                        return element
                data = await self._reader.read(65536)
                if not data:
                    raise AssertionError("the server has ended the stream")
                self._parser.feed(data)


@asynccontextmanager
async def raw_stream(login: ClientLogin, *, direct_tls: bool = True) -> AsyncIterator[RawStream]:
    """A connection that is not logged in yet: over TLS from its first byte, or without any."""
    domain = login.jid.partition("@")[2]
    if direct_tls:
        trusting = ssl.create_default_context(cafile=str(login.ca))
        reader, writer = await asyncio.open_connection(
            login.host, login.direct_tls_port, ssl=trusting, server_hostname=domain
        )
    else:
        reader, writer = await asyncio.open_connection(login.host, login.port)
    try:
        yield RawStream(domain, reader, writer)
    finally:
        writer.transport.abort()  # nobody waits for the other's last words
