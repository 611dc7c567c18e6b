"""The clients of a linked room: browsers, some of which may only read, and one that never leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Protocol

from pycrdt import Channel
from tornado.websocket import WebSocketClosedError

SYNC = 0
SYNC_STEP2, SYNC_UPDATE = 1, 2
NOTHING = b"\x02\x00\x00"


class Keeper:
    """A client that never leaves, so that a linked room is not thrown away when the last browser does."""

    path = "xmpp-bridge"

    async def send(self, _message: bytes) -> None:
        """Nobody reads it."""

    def tell(self, message: bytes) -> None:
        """Nobody reads it."""


class WebSocket(Channel, Protocol):
    """What jupyter_server_ydoc serves: a channel that is tornado's handler too."""

    def write_message(self, message: bytes, binary: bool) -> Any: ...  # noqa: FBT001 - tornado's
    def set_nodelay(self, value: bool) -> None: ...  # noqa: FBT001 - tornado's


class Browser:
    """A browser's channel, without the writes it has no right to (jupyter_server#948: nobody else checks)."""

    def __init__(self, channel: WebSocket, may_write: Callable[[WebSocket], bool]) -> None:
        self._channel = channel
        self._may_write = may_write

    @property
    def path(self) -> str:
        return self._channel.path

    def __hash__(self) -> int:
        return hash(self._channel)

    def __eq__(self, other: object) -> bool:
        return self._channel is (other._channel if isinstance(other, Browser) else other)

    async def send(self, message: bytes) -> None:
        await self._channel.send(message)

    def tell(self, message: bytes) -> None:
        """Send now: a task for each keystroke and browser costs more than all that it does."""
        with suppress(WebSocketClosedError):  # It has gone, and will be taken out of the room.
            self._channel.write_message(message, binary=True)

    async def recv(self) -> bytes:
        return await self.__anext__()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while True:
            message = await self._channel.__anext__()
            if not is_write(message) or self._may_write(self._channel):
                return message


def is_write(message: bytes) -> bool:
    """Whether a y-protocols message would change the document."""
    return (
        len(message) > 1
        and message[0] == SYNC
        and message[1] in (SYNC_STEP2, SYNC_UPDATE)
        and message[2:] != NOTHING
    )
