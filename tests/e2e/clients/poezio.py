"""poezio, as PyPI has it, in a terminal. It finds the room among its owner's bookmarks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.clients.login import ClientLogin, as_a_person
from tests.e2e.clients.terminal import Terminal, running_in_terminal
from tests.e2e.stage import until

PROGRAM = Path(__file__).parents[3] / ".venv-clients" / "bin" / "poezio"


class Poezio:
    """The client with the room in front."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    async def say(self, text: str) -> None:
        await self.terminal.enter(text)

    async def shown(self) -> str:
        return await self.terminal.screen()


@asynccontextmanager
async def poezio(login: ClientLogin, room: str, home: Path) -> AsyncIterator[Poezio]:
    """The client in the room, for the length of the block."""
    configuration = _configured(login, home)
    environment = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "LANG": "C.UTF-8",
        "TERM": "screen-256color",
    }
    await _next_second()
    command = as_a_person(str(PROGRAM), "--file", str(configuration))
    async with running_in_terminal(command, environment) as terminal:
        await terminal.shows("Your JID is", " 1.")
        await terminal.key("C-n")  # away from its list of contacts, which has no line to type in
        await terminal.shows("@rooms.")
        await terminal.enter(f"/win {room}")
        await terminal.shows(f"[{room}]", f"You ({login.localpart}) joined the room")
        yield Poezio(terminal)


async def _next_second() -> None:
    """It asks the archive for nothing of the second in which it starts: what was said before is of an earlier one."""
    second = int(time.time())

    async def over() -> bool:
        return int(time.time()) > second

    await until(over, "another second")


def _configured(login: ClientLogin, home: Path) -> Path:
    """Its configuration file: where to log in, and which authority to trust."""
    home.mkdir(parents=True)
    configuration = home / "poezio.cfg"
    configuration.touch(mode=0o600)
    configuration.write_text(
        "[Poezio]\n"
        f"jid = {login.jid}/poezio\n"
        f"password = {login.password}\n"
        f"custom_host = {login.host}\ncustom_port = {login.port}\n"
        f"ca_cert_path = {login.ca}\n"
        f"log_dir = {home / 'logs'}\n"
        "hide_user_list = true\nhide_exit_join = 0\nhide_status_change = 0\n"
    )
    return configuration
