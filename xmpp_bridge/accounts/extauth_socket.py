"""The service's end of ejabberd's questions about passwords and accounts."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xmpp_bridge.ejabberd import unix_socket
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError

log = logging.getLogger(__name__)
_MAX_QUESTION = 70_000  # ejabberd's own limit is 65535 bytes, before JSON
_PATIENCE = 3.0  # the program which asks has given up after two seconds


@dataclass(frozen=True)
class Authentication:
    """Asks whether whoever knows this password may log in to the account."""

    localpart: str
    domain: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Existence:
    """Asks whether there is such an account, whoever is logged in or not."""

    localpart: str
    domain: str


Question = Authentication | Existence


@asynccontextmanager
async def serve(path: Path, answer: Callable[[Question], Awaitable[bool]]) -> AsyncIterator[None]:
    """Answer questions on the unix socket at `path` for the length of the block."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                allowed = await _allowed(await reader.readline(), answer)
                writer.write(json.dumps({"ok": allowed}).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError, TimeoutError):
            log.warning("extauth unanswered: within=%.0fs", _PATIENCE)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    with _listener(path) as listener:
        async with await asyncio.start_unix_server(converse, sock=listener, limit=_MAX_QUESTION):
            yield


async def _allowed(line: bytes, answer: Callable[[Question], Awaitable[bool]]) -> bool:
    """Return the answer; whatever stands in its way is a refusal."""
    try:
        return await answer(read_question(line))
    except BridgeError as error:
        log.warning("extauth refused: condition=%s", error.condition)
        return False


def read_question(line: bytes) -> Question:
    """Return the question in one line of JSON, or raise `BadPayloadError`."""
    try:
        fields: Any = json.loads(line)
    except ValueError as error:
        raise BadPayloadError("a question is one line of JSON") from error
    match fields:
        case {
            "op": "auth",
            "localpart": str(localpart),
            "domain": str(domain),
            "password": str(password),
        }:
            return Authentication(localpart, domain, password)
        case {"op": "isuser", "localpart": str(localpart), "domain": str(domain)}:
            return Existence(localpart, domain)
        case _:
            raise BadPayloadError("a question asks for a password or for an account")


@contextmanager
def _listener(path: Path) -> Iterator[socket.socket]:
    """A socket at `path` which only this user of the machine may reach."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        with unix_socket.address(path) as address:
            listener.bind(address)
        path.chmod(0o600)
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)
