"""profanity, as Debian has it, in a terminal."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.e2e.clients.login import ClientLogin
from tests.e2e.clients.terminal import Terminal, running_in_terminal


class Profanity:
    """The client with the room in front."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    async def say(self, text: str) -> None:
        await self.terminal.type(text)

    async def shown(self) -> str:
        return await self.terminal.screen()


@asynccontextmanager
async def profanity(
    login: ClientLogin, room: str, home: Path, *, direct_tls: bool = False
) -> AsyncIterator[Profanity]:
    """The client in the room, for the length of the block; its password is typed where it asks for it."""
    trusted = await _trusted(login.ca, home)
    configuration = home / "config" / "profanity" / "profrc"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(
        f"[ui]\nsplash=false\nvercheck=false\noccupants=false\n[connection]\ntls.certpath={trusted}\n"
    )
    environment = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "LANG": "C.UTF-8",
        "TERM": "screen-256color",
    }
    tls, port = ("legacy", login.direct_tls_port) if direct_tls else ("force", login.port)
    async with running_in_terminal(("profanity",), environment) as terminal:
        await terminal.shows("Profanity")
        await terminal.type(
            f"/connect {login.jid}/profanity server {login.host} port {port} tls {tls}"
        )
        await terminal.shows("Enter password:")
        await terminal.type(login.password)
        await terminal.shows(f"{login.jid}/profanity logged in successfully")
        await _enter(terminal, f"/join {room} nick {login.localpart}")
        yield Profanity(terminal)


async def _enter(terminal: Terminal, join: str) -> None:
    """It drops the command while it enters the same room by its bookmark; then the next one shows the room."""
    for _ in range(3):
        await terminal.type(join)
        with suppress(AssertionError):
            await terminal.shows("You have joined the room", within=10)
            return
    await terminal.shows("You have joined the room")


async def _trusted(ca: Path, home: Path) -> Path:
    """A folder as OpenSSL looks for authorities: each under its hash."""
    process = await asyncio.create_subprocess_exec(
        *("openssl", "x509", "-hash", "-noout", "-in", str(ca)), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    folder = home / "authorities"
    folder.mkdir(parents=True)
    shutil.copy(ca, folder / f"{output.decode().strip()}.0")
    return folder
