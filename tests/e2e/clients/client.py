"""What the tests do with any client, whoever has made it."""

from __future__ import annotations

from typing import Protocol

PATIENCE = 30.0


class Client(Protocol):
    """A client that is in the room."""

    async def say(self, text: str) -> None: ...

    async def shown(self) -> str:
        """What its reader sees of the room now, as text."""
        ...
