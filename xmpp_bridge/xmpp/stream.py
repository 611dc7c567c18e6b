"""One XMPP stream of a client: from the login to the moment it ends."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from slixmpp import JID, ClientXMPP
from slixmpp.xmlstream.stanzabase import ElementBase

from xmpp_bridge.xmpp.errors import (
    BridgeError,
    NotAuthorizedError,
    UnavailableError,
    UnreachableError,
)
from xmpp_bridge.xmpp.mam import Mam
from xmpp_bridge.xmpp.muc import Rooms

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=20)


class Secret(str):
    """A password or a token; it cannot be logged by accident."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>"


@dataclass(frozen=True)
class Login:
    """Who logs in, where, and whom to believe that it is there."""

    jid: JID
    password: Secret
    host: str
    port: int
    authorities: str | None = field(repr=False, default=None)
    """The certificates (PEM) which may vouch for the server; None for the system's own."""


class Stream(ClientXMPP):
    """A logged-in stream; `ended` is done when it is no longer of use."""

    def __init__(self, account: Login) -> None:
        super().__init__(str(account.jid), str(account.password), sasl_mech="PLAIN")
        self.enable_plaintext = False
        self.enable_direct_tls = False
        self.whitespace_keepalive = False
        self.auto_authorize = (
            None  # who asks to see the account's presence is answered by its owner,
        )
        self.auto_subscribe = False  # in a client of people, and not by us
        self.ssl_context = ssl.create_default_context(cadata=account.authorities)
        self.register_plugin("xep_0199", {"keepalive": True, "interval": 30, "timeout": 15})
        self.rooms = Rooms(self)
        self.mam = Mam(self)
        loop = asyncio.get_running_loop()
        self.started: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[BridgeError] = loop.create_future()
        self.add_event_handler("session_start", self._on_start)
        self.add_event_handler("disconnected", self._on_disconnected)
        self.add_event_handler("stream_error", self._on_stream_error)
        self.add_event_handler("failed_all_auth", self._on_refused)
        self.add_event_handler("connection_failed", self._on_unreachable)
        self.add_event_handler("ssl_invalid_chain", self._on_stranger)

    def end(self, error: BridgeError) -> None:
        """Mark the stream as over; only the first reason counts."""
        if not self.ended.done():
            self.ended.set_result(error)
        if not self.started.done():
            self.started.set_exception(error)
        self.rooms.lose_all(error)

    def _on_start(self, _event: Any) -> None:
        if not self.started.done():
            self.started.set_result(None)

    def _on_refused(self, _event: Any) -> None:
        self.end(NotAuthorizedError("the XMPP server refused the credential"))

    def _on_unreachable(self, event: Any) -> None:
        self.end(UnreachableError(f"the XMPP server cannot be reached: {event}"))

    def _on_stranger(self, event: Any) -> None:
        self.end(UnavailableError(f"the XMPP server is not who it should be: {event}"))

    def _on_stream_error(self, error: ElementBase) -> None:
        self.end(UnavailableError(f"the XMPP server ended the stream: {error['condition']}"))

    def _on_disconnected(self, _event: Any) -> None:
        self.end(UnavailableError("the connection to the XMPP server is lost"))


@asynccontextmanager
async def logged_in(account: Login, patience: timedelta = PATIENCE) -> AsyncIterator[Stream]:
    """Hold a stream for the length of the block.

    The server must accept the credential, must be who its certificate says, and must bind the very
    JID that was asked for: an account is never somebody else's.
    """
    stream = Stream(account)
    try:
        stream.connect(account.host, account.port)
        await _within(patience, stream.started)
        if stream.boundjid.bare != account.jid.bare:
            raise NotAuthorizedError(f"the XMPP server made {stream.boundjid.bare} of the account")
        yield stream
    finally:
        stream.end(UnavailableError("the stream is closed"))
        _retrieve(stream.started)
        stream.cancel_connection_attempt()
        await _closed(stream)


async def _within(patience: timedelta, started: asyncio.Future[None]) -> None:
    try:
        async with asyncio.timeout(patience.total_seconds()):
            await asyncio.shield(started)
    except TimeoutError:
        raise UnavailableError("the XMPP server did not let us in in time") from None


async def _closed(stream: Stream) -> None:
    """Wait for the end of the connection and of slixmpp's own sender."""
    if stream.is_connected():
        await asyncio.shield(stream.disconnect(wait=1.0))
    if stream.is_connected():
        stream.abort()
    sender = stream._run_out_filters  # noqa: SLF001 - COMPAT(slixmpp 1.17): nothing public stops it
    if sender is not None and not sender.done():
        sender.cancel()
        await asyncio.wait([sender])


def _retrieve(future: asyncio.Future[None]) -> None:
    """A refusal that somebody has already been told of is not an unhandled one."""
    if future.done() and not future.cancelled():
        future.exception()
