"""The service's connection to the XMPP server (XEP-0114): stay connected, and say when it is up."""

from __future__ import annotations

import asyncio
import logging
import random
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from slixmpp import JID, ComponentXMPP
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.stanza.rootstanza import RootStanza
from slixmpp.xmlstream.stanzabase import ElementBase, StanzaBase

from xmpp_bridge.xmpp.errors import (
    BridgeError,
    NotAuthorizedError,
    UnavailableError,
    UnreachableError,
)
from xmpp_bridge.xmpp.mam import Mam
from xmpp_bridge.xmpp.muc import Rooms
from xmpp_bridge.xmpp.retry import KNOCK, LONGEST, Retry
from xmpp_bridge.xmpp.stream import Secret

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=10)
PING_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class ComponentLogin:
    """As whom the component speaks, and where it connects."""

    jid: JID
    """The full JID that every stanza comes from; its domain is the component."""
    server: str
    """The domain that vouches for the component."""
    secret: Secret = field(repr=False)
    host: str
    port: int


class ComponentStream(ComponentXMPP):
    """One connection of the component; `ended` is done when it is no longer of use."""

    def __init__(self, login: ComponentLogin) -> None:
        super().__init__(login.jid.domain, str(login.secret), login.host, login.port)  # type: ignore[no-untyped-call]
        self.boundjid = login.jid
        self.enable_direct_tls = False
        self.whitespace_keepalive = False
        loop = asyncio.get_running_loop()
        self.started: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[BridgeError] = loop.create_future()
        self.rooms = Rooms(self)
        self.mam = Mam(self)
        self.add_filter("out", self._say_who_speaks)
        self.add_event_handler("session_start", self._on_start)
        self.add_event_handler("disconnected", self._on_disconnected)
        self.add_event_handler("stream_error", self._on_stream_error)
        self.add_event_handler("connection_failed", self._on_unreachable)

    def end(self, error: BridgeError) -> None:
        """Mark the stream as over; only the first reason counts."""
        if not self.ended.done():
            self.ended.set_result(error)
        self.rooms.lose_all(error)
        if not self.started.done():
            self.started.set_exception(error)
            self.started.exception()  # Whoever waits has been told; nobody has to.

    def incoming_filter(self, xml: ET.Element) -> ET.Element:
        """COMPAT(slixmpp 1.17): it looks for a stanza's error in a client's namespace only."""
        stanza: ET.Element = super().incoming_filter(xml)  # type: ignore[no-untyped-call]
        for child in stanza.iterfind(f"{{{self.default_ns}}}error"):
            child.tag = "{jabber:client}error"
        return stanza

    def _say_who_speaks(self, stanza: StanzaBase) -> StanzaBase:
        if isinstance(stanza, RootStanza) and not stanza.xml.get("from"):
            stanza["from"] = self.boundjid
        return stanza

    # Occupants belong to whoever holds the place; slixmpp's roster would keep them for ever.
    def _handle_available(self, presence: ElementBase) -> None: ...
    def _handle_unavailable(self, presence: ElementBase) -> None: ...
    def _handle_probe(self, pres: ElementBase) -> None: ...

    def _on_start(self, _event: Any) -> None:
        if not self.started.done():
            self.started.set_result(None)

    def _on_unreachable(self, event: Any) -> None:
        self.end(UnreachableError(f"the XMPP server cannot be reached: {event}"))

    def _on_stream_error(self, error: ElementBase) -> None:
        condition = error["condition"]
        refused = NotAuthorizedError if condition == "not-authorized" else UnavailableError
        self.end(refused(f"the XMPP server ended the component's stream: {condition}"))

    def _on_disconnected(self, _event: Any) -> None:
        self.end(UnavailableError("the component's connection is lost"))


@asynccontextmanager
async def attached(
    login: ComponentLogin,
    patience: timedelta = PATIENCE,
    prepare: Callable[[ComponentStream], None] = lambda _stream: None,
) -> AsyncIterator[ComponentStream]:
    """Hold the component's connection for the length of the block; `prepare` it before the first stanza comes."""
    stream = ComponentStream(login)
    prepare(stream)
    try:
        stream.connect(login.host, login.port)
        await _within(patience, stream.started)
        yield stream
    finally:
        stream.end(UnavailableError("the component's connection is closed"))
        stream.cancel_connection_attempt()
        await _closed(stream)


class Component:
    """Whoever needs the connection waits for `stream()` and lives until it has `ended`."""

    def __init__(
        self,
        login: Callable[[], ComponentLogin],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._login = login
        self._chance = chance
        self._stream: ComponentStream | None = None
        self._prepared: list[Callable[[ComponentStream], None]] = []
        self._up = asyncio.Event()
        self._now = asyncio.Event()
        self._trouble: BridgeError | None = UnavailableError("the component has not connected yet")

    @property
    def current(self) -> ComponentStream | None:
        """The connection, if stanzas come and go right now."""
        return self._stream

    async def why_down(self) -> BridgeError | None:
        """Why there is no connection, if there is none."""
        return self._trouble

    async def stream(self) -> ComponentStream:
        """The connection, as soon as there is one."""
        while self._stream is None:
            await self._up.wait()
        return self._stream

    def prepare(self, listen: Callable[[ComponentStream], None]) -> None:
        """Have every connection from now on `listen` before its first stanza comes."""
        self._prepared.append(listen)

    def hurry(self) -> None:
        """Something suggests that the next attempt may succeed: do not wait for it."""
        self._now.set()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        retry = Retry()
        while True:
            try:
                self._trouble = await self._once()
                retry = Retry()
            except BridgeError as error:
                self._trouble = error
            longest = KNOCK if isinstance(self._trouble, UnreachableError) else LONGEST
            retry = retry.next(self._chance(), longest)
            seconds = retry.delay.total_seconds()
            log.warning("component down: reason=%s retry_in=%.2fs", self._trouble, seconds)
            await self._pause(seconds)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._now.wait()
        except TimeoutError:
            return
        finally:
            self._now.clear()

    async def _once(self) -> BridgeError:
        login = self._login()
        async with attached(login, prepare=self._prepare) as stream:
            self._stream, self._trouble = stream, None
            self._up.set()
            log.info("component up: jid=%s", stream.boundjid)
            pinging = asyncio.create_task(_keep_asking(stream, login.server, PING_EVERY))
            try:
                return await asyncio.shield(stream.ended)
            finally:
                pinging.cancel()
                self._stream = None
                self._up.clear()

    def _prepare(self, stream: ComponentStream) -> None:
        for listen in self._prepared:
            listen(stream)


async def _keep_asking(stream: ComponentStream, server: str, every: timedelta) -> None:
    """A host that vanishes closes no connection; so ask it now and then (XEP-0199)."""
    while True:
        await asyncio.sleep(every.total_seconds())
        iq = stream.make_iq_get(ito=JID(server))
        iq.xml.append(ET.Element("{urn:xmpp:ping}ping"))
        try:
            await iq.send(timeout=PATIENCE.total_seconds())  # type: ignore[no-untyped-call]
        except IqError as refusal:
            log.debug("component ping refused, so heard: condition=%s", refusal.condition)
        except IqTimeout:
            stream.end(UnavailableError("the XMPP server does not answer the component"))


async def _within(patience: timedelta, started: asyncio.Future[None]) -> None:
    try:
        async with asyncio.timeout(patience.total_seconds()):
            await asyncio.shield(started)
    except TimeoutError:
        raise UnavailableError("the XMPP server did not accept the component in time") from None


async def _closed(stream: ComponentStream) -> None:
    """Wait for the end of the connection and of slixmpp's own sender."""
    if stream.is_connected():
        await asyncio.shield(stream.disconnect(wait=1.0))
    if stream.is_connected():
        stream.abort()
    sender = stream._run_out_filters  # noqa: SLF001 - COMPAT(slixmpp 1.17): nothing public stops it
    if sender is not None and not sender.done():
        sender.cancel()
        await asyncio.wait([sender])
