"""Where the XMPP server comes from: an ejabberd of the service's own, or one that runs elsewhere."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Protocol

from prometheus_client import Counter

from xmpp_bridge.ejabberd.launcher import Ejabberd, prepare, running
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.xmpp_server import XmppServer
from xmpp_bridge.xmpp.errors import BridgeError, UnavailableError
from xmpp_bridge.xmpp.retry import Retry
from xmpp_bridge.xmpp.stream import Secret

log = logging.getLogger(__name__)


class XmppSource(Protocol):
    """An XMPP server, whoever runs it."""

    def server(self) -> XmppServer:
        """Where it listens."""
        ...

    async def run(self, started: Callable[[], None]) -> None:
        """Keep it running until cancelled; `started` hears whenever it serves again."""
        ...


async def xmpp_source(
    ejabberd: EjabberdSettings | XmppServer, host: str, metrics: Metrics
) -> XmppSource:
    """One that runs elsewhere, or one of ours; nothing is started yet."""
    if isinstance(ejabberd, XmppServer):
        return ExternalEjabberd(ejabberd)
    return EmbeddedEjabberd(await prepare(ejabberd), host, metrics.ejabberd_starts)


class ExternalEjabberd:
    """Somebody else keeps it running."""

    def __init__(self, server: XmppServer) -> None:
        self._server = server

    def server(self) -> XmppServer:
        return self._server

    async def run(self, started: Callable[[], None]) -> None:
        started()
        await asyncio.Event().wait()


class EmbeddedEjabberd:
    """Started with the service, started again when it dies, stopped with the service."""

    def __init__(
        self,
        prepared: Ejabberd,
        host: str,
        starts: Counter,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = prepared.settings
        self._host = host
        self._server = as_server(prepared, host)
        self._starts = starts
        self._chance = chance

    def server(self) -> XmppServer:
        return self._server

    async def run(self, started: Callable[[], None]) -> None:
        retry = Retry()
        while True:
            try:
                async with running(self._settings) as ejabberd:
                    retry = Retry()
                    trouble = await self._watch(ejabberd, started)
            except BridgeError as error:
                trouble = error
            retry = retry.next(self._chance())
            seconds = retry.delay.total_seconds()
            log.error("ejabberd down: reason=%s retry_in=%.2fs", trouble, seconds)
            await asyncio.sleep(seconds)

    async def _watch(self, ejabberd: Ejabberd, started: Callable[[], None]) -> BridgeError:
        self._server = as_server(ejabberd, self._host)
        self._starts.inc()
        started()
        log.info("ejabberd up: pid=%d c2s=%s:%d", ejabberd.pid, *ejabberd.c2s)
        status = await ejabberd.wait()
        return UnavailableError(f"ejabberd died with status {status}")


def as_server(ejabberd: Ejabberd, host: str) -> XmppServer:
    """What the rest of the service must know of an ejabberd of ours, which others reach at `host`."""
    interface, port = ejabberd.c2s
    return XmppServer(
        c2s=(host or interface, port),
        component=ejabberd.component,
        component_secret=Secret(ejabberd.secrets.component),
        admin_address=ejabberd.admin_address,
        authority=ejabberd.ca_pem,
        signing_key=ejabberd.secrets.signing_key,
        extauth_socket=ejabberd.settings.files.extauth_socket,
        direct_tls_port=ejabberd.settings.direct_tls_port,
        websocket=ejabberd.settings.websocket,
    )
