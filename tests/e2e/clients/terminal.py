"""A program in a terminal that nobody sits at: typed at, and read from its screen."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from tests.e2e.clients.client import PATIENCE
from tests.e2e.stage import until

WIDTH, HEIGHT = 240, 70
"""So wide that no line of ours is broken, so high that none has left."""


class Terminal:
    """One screen of a tmux of its own."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def type(self, text: str) -> None:
        """Type a line, and press Enter."""
        await self.press(text)
        await self.key("Enter")

    async def enter(self, text: str) -> None:
        """The same for a program that takes what comes all at once for pasted, Enter and all."""
        await self.press(text)
        await self.shows(text)
        await self.key("Enter")

    async def press(self, keys: str) -> None:
        await self.tmux("send-keys", "-t", "it", "-l", keys)

    async def key(self, name: str) -> None:
        """Press one key, by tmux's name for it."""
        await self.tmux("send-keys", "-t", "it", name)

    async def screen(self) -> str:
        return await self.tmux("capture-pane", "-t", "it", "-p")

    async def shows(self, *texts: str, within: float = PATIENCE) -> str:
        """The screen, once all of these are on it."""

        async def there() -> str:
            screen = await self.screen()
            return screen if all(text in screen for text in texts) else ""

        try:
            return str(await until(there, "on the screen", within))
        except AssertionError:
            screen = await self.screen()
            missing = [text for text in texts if text not in screen]
            raise AssertionError(f"not on the screen: {missing}\n{screen}") from None

    async def tmux(self, *arguments: str) -> str:
        """Ask the tmux of this terminal for something."""
        process = await asyncio.create_subprocess_exec(
            *("tmux", "-L", self._name, "-f", "/dev/null", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        if process.returncode:
            raise AssertionError(f"tmux {arguments[0]}: {errors.decode()}")
        return output.decode()


@asynccontextmanager
async def running_in_terminal(
    command: Sequence[str], environment: Mapping[str, str]
) -> AsyncIterator[Terminal]:
    """Run a program for the length of the block."""
    terminal = Terminal(f"xb-{secrets.token_hex(6)}")
    size = {
        "COLUMNS": str(WIDTH),
        "LINES": str(HEIGHT),
    }  # whatever those of the tests' own terminal are
    variables = [f"{name}={value}" for name, value in {**environment, **size}.items()]
    await terminal.tmux(
        *("new-session", "-d", "-s", "it", "-x", str(WIDTH), "-y", str(HEIGHT)),
        *("env", *variables, *command),
        *(";", "set-option", "-g", "remain-on-exit", "on"),
    )
    try:
        yield terminal
    finally:
        await terminal.tmux("kill-server")
