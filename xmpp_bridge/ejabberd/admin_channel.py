"""Commands to ejabberd over HTTP: through a unix socket beside it, or TLS from elsewhere."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from socket import AF_UNIX, AF_UNSPEC, AddressFamily
from typing import Any

from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.netutil import Resolver
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from xmpp_bridge.ejabberd import unix_socket
from xmpp_bridge.xmpp.errors import UnavailableError

PATIENCE = timedelta(seconds=20)
AT_ONCE = 64
"""Commands under way; below the `backlog` of the listener in ejabberd.yml."""
_UNIX = "unix:"


@dataclass(frozen=True)
class Answer:
    """What ejabberd said to one command: an HTTP status and a JSON value."""

    status: int
    value: Any


class AdminChannel:
    """`address` is `unix:<path>` or the https URL of ejabberd's API; `credential` makes a fresh token."""

    def __init__(
        self,
        address: str,
        account: str,
        credential: Callable[[], str],
        ca: Path | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        if not address.startswith((_UNIX, "https://")):
            raise ValueError("the admin channel is a unix socket or https, nothing in the clear")
        self._socket = Path(address.removeprefix(_UNIX)) if address.startswith(_UNIX) else None
        self._url = "http://ejabberd/api" if self._socket else address.rstrip("/")
        self._account = account
        self._credential = credential
        self._tls = None if self._socket else ssl.create_default_context(cafile=ca)
        self._patience = patience
        # COMPAT(tornado 6.6): what a unix socket with a full queue refuses (EAGAIN) it takes for a connection.
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def call(self, command: str, **arguments: object) -> Answer:
        """Return ejabberd's answer, whatever it is; `UnavailableError` when there is none in time."""
        request = HTTPRequest(
            f"{self._url}/{command}",
            method="POST",
            headers={"Content-Type": "application/json"},
            body=json.dumps(arguments),
            auth_username=self._account,
            auth_password=self._credential(),
            ssl_options=self._tls,
            connect_timeout=self._patience.total_seconds(),
            request_timeout=self._patience.total_seconds(),
        )
        try:
            async with self._turn:
                response = await self._fetch(request)
        except (OSError, HTTPClientError) as error:
            raise UnavailableError(f"ejabberd does not answer {command}: {error}") from error
        return Answer(response.code, _read(response.body))

    async def _fetch(self, request: HTTPRequest) -> HTTPResponse:
        with ExitStack() as stack:
            resolver = self._resolver(stack)
            client = SimpleAsyncHTTPClient(force_instance=True, resolver=resolver)
            stack.callback(client.close)
            return await client.fetch(request, raise_error=False)

    def _resolver(self, stack: ExitStack) -> Resolver | None:
        if self._socket is None:
            return None
        address = stack.enter_context(unix_socket.address(self._socket))
        resolver: Resolver = _UnixResolver(address=address)
        return resolver


class _UnixResolver(Resolver):
    """Every name is the one socket."""

    def initialize(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int, family: AddressFamily = AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        del host, port, family
        return [(AF_UNIX, self._address)]


def _read(body: bytes) -> Any:
    """Return the JSON value of `body`, or `None`: some refusals of ejabberd are plain text."""
    try:
        return json.loads(body)
    except ValueError:
        return None
