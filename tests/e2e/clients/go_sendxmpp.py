"""go-sendxmpp, as Debian has it: a program for scripts, which writes what it hears to its standard output."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.e2e.clients.client import PATIENCE
from tests.e2e.clients.login import ClientLogin


class GoSendxmpp:
    """Listens in one process; each line that it says is said by another."""

    def __init__(self, login: ClientLogin, room: str, *, direct_tls: bool = False) -> None:
        port = login.direct_tls_port if direct_tls else login.port
        self._room = room
        self._command = (
            *("go-sendxmpp", "--username", login.jid, "--password", login.password),
            *("--jserver", f"{login.host}:{port}", "--alias", login.localpart),
            *(("--tls",) if direct_tls else ()),
        )
        self._environment = {**os.environ, "SSL_CERT_FILE": str(login.ca)}
        self._heard: list[str] = []

    async def say(self, text: str) -> None:
        process = await self._start("--chatroom", self._room)
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate(text.encode())
        if process.returncode:
            raise AssertionError(f"go-sendxmpp: {said.decode()}")

    async def shown(self) -> str:
        return "".join(self._heard)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear the room for the length of the block."""
        process = await self._start("--listen", "--chatroom", self._room)
        hearing = asyncio.create_task(self._hear(process))
        try:
            yield
        finally:
            hearing.cancel()
            with suppress(asyncio.CancelledError):
                await hearing
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._heard.append(line.decode())

    async def _start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            *arguments,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )


@asynccontextmanager
async def go_sendxmpp(
    login: ClientLogin, room: str, *, direct_tls: bool = False
) -> AsyncIterator[GoSendxmpp]:
    """The client in the room, for the length of the block."""
    client = GoSendxmpp(login, room, direct_tls=direct_tls)
    async with client.listening():
        yield client
