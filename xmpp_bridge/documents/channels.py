"""The clients of a linked room: browsers, some of which may only read, and one that never leaves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from pycrdt import Awareness, Channel, Doc, create_awareness_message, create_update_message
from tornado.websocket import WebSocketClosedError

from xmpp_bridge.documents.backpressure import Backpressure
from xmpp_bridge.documents.metrics import BROWSERS_BEHIND
from xmpp_bridge.lib0 import Reader
from xmpp_bridge.xmpp.tasks import loop_time

log = logging.getLogger(__name__)

SYNC, AWARENESS, RAW = 0, 1, 2
SYNC_STEP2, SYNC_UPDATE = 1, 2
NOTHING = b"\x02\x00\x00"
TRY_AGAIN_LATER = 1013  # RFC 6455's registry; the tab connects again, and syncs


class Keeper:
    """A client that never leaves, so that a linked room is not thrown away when the last browser does."""

    path = "xmpp-bridge"

    async def send(self, _message: bytes) -> None:
        """Nobody reads it."""

    def tell(self, message: bytes) -> None:
        """Nobody reads it."""


class WebSocket(Channel, Protocol):
    """What jupyter_server_ydoc serves: a channel that is tornado's handler too."""

    on_message: Callable[[str | bytes], Awaitable[None] | None]

    def write_message(self, message: bytes, binary: bool) -> asyncio.Future[None]: ...  # noqa: FBT001 - tornado's
    def close(self, code: int, reason: str) -> None: ...
    def set_nodelay(self, value: bool) -> None: ...  # noqa: FBT001 - tornado's


class Browser:
    """A browser's channel, without the writes it has no right to (jupyter_server#948: nobody else checks)."""

    def __init__(
        self,
        channel: WebSocket,
        may_write: Callable[[WebSocket], bool],
        known: Callable[[], bytes],
        since: Callable[[bytes], Iterable[bytes]],
    ) -> None:
        """`known` is the state vector of all that was told so far; `since` brings somebody from one to what is now."""
        self._channel = channel
        self._may_write = may_write
        self._known = known
        self._since = since
        self._pressure = Backpressure()
        self._queued = 0
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def path(self) -> str:
        return self._channel.path

    def take_at_once(self, take: Callable[[bytes], object]) -> None:
        """Have `take` get an edit's update in the turn of the loop in which it comes, unless others wait before it.

        COMPAT(jupyter_server_ydoc 3.0.4): it puts each into a queue, by a task of its own. A keystroke waits for both.
        """
        put = self._channel.on_message

        def hear(message: str | bytes) -> Awaitable[None] | None:
            if isinstance(message, bytes) and message:
                if self._queued == 0 and is_edit(message) and self._may_write(self._channel):
                    with suppress(Exception):  # of the ordinary way, which answers what went wrong
                        take(Reader(message[2:]).blob())
                        return None
                self._queued += message[0] != RAW
            return put(message)

        self._channel.on_message = hear

    def __hash__(self) -> int:
        return hash(self._channel)

    def __eq__(self, other: object) -> bool:
        return self._channel is (other._channel if isinstance(other, Browser) else other)

    async def send(self, message: bytes) -> None:
        """Send an answer, or cursors: of those the latest count, for a browser that is behind."""
        if message[0] != AWARENESS or not self._pressure.is_behind:
            self._write(message)

    def tell(self, message: bytes) -> None:
        """Send now: a task for each keystroke and browser costs more than all that it does."""
        if not self._pressure.is_behind:
            self._write(message)

    def _write(self, message: bytes) -> None:
        try:
            written = self._channel.write_message(message, binary=True)
        except WebSocketClosedError:
            return  # It has gone, and will be taken out of the room.
        written.add_done_callback(partial(self._taken, len(message)))
        if self._pressure.wrote(len(message)):
            log.info("browser does not read: document=%s", self.path)
            BROWSERS_BEHIND.inc()
            self._pressure.cut_off(self._known(), time.monotonic())
            self._watch()

    def _taken(self, size: int, written: asyncio.Future[None]) -> None:
        if written.cancelled() or written.exception() is not None:
            self._unwatch()
            return
        known = self._pressure.took(size, time.monotonic())
        if known is None:
            return
        self._unwatch()
        for message in self._since(known):
            self._write(message)

    def _watch(self) -> None:
        """Close it when it has taken nothing for very long."""
        self._unwatch()
        moment = self._pressure.gives_up_at()
        if moment is None:
            return
        if moment <= time.monotonic():
            log.info("browser closed, it does not read: document=%s", self.path)
            self._channel.close(TRY_AGAIN_LATER, "nothing was read for too long")
            return
        self._alarm = asyncio.get_running_loop().call_at(loop_time(moment), self._watch)

    def _unwatch(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    async def recv(self) -> bytes:
        return await self.__anext__()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while True:
            message = await self._channel.__anext__()
            self._queued = max(0, self._queued - 1)
            if not is_write(message) or self._may_write(self._channel):
                return message


def news_since(known: bytes, doc: Doc[Any], awareness: Awareness) -> list[bytes]:
    """What brings a browser up to date that knows `known` of a document, and of cursors anything."""
    cursors = awareness.encode_awareness_update(list(awareness.meta))
    return [create_update_message(doc.get_update(known)), create_awareness_message(cursors)]


def is_edit(message: bytes) -> bool:
    """Whether a y-protocols message is somebody's edit, and no part of a sync."""
    return len(message) > 1 and message[0] == SYNC and message[1] == SYNC_UPDATE


def is_write(message: bytes) -> bool:
    """Whether a y-protocols message would change the document."""
    return (
        len(message) > 1
        and message[0] == SYNC
        and message[1] in (SYNC_STEP2, SYNC_UPDATE)
        and message[2:] != NOTHING
    )


def who_is_here(awareness: Awareness) -> bytes | None:
    """The message that shows a browser which cursors there are; None if there is none."""
    others = [who for who, at in awareness.states.items() if who != awareness.client_id and at]
    return create_awareness_message(awareness.encode_awareness_update(others)) if others else None
