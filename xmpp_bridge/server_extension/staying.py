"""Stays in the owner's chats; where one lets them in no more, as if muted, nobody knocks often, but waits for news."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

log = logging.getLogger(__name__)

SOON: Final = 5.0
PATIENCE: Final = 300.0
"""Seconds until a room that would not have us is asked again although nobody has said that anything is new.

Soon at first: the service may have let us in while ejabberd was away, and tells nobody when it has made up for that.
"""


class Stay(Protocol):
    """A place in a chat, held until it is refused."""

    @property
    def id(self) -> str: ...
    async def run(self) -> None: ...


class Staying:
    """One of these for all chats: the service does not say which of them is another now."""

    def __init__(self, on_ended: Callable[[], None], soon: float = SOON) -> None:
        """`on_ended` is told that a room would not have us."""
        self._on_ended = on_ended
        self._soon = soon
        self._news = asyncio.Event()

    def told(self) -> None:
        """There is news of the owner's rooms, or there may have been some while nobody listened."""
        self._news.set()
        self._news = asyncio.Event()

    async def stay(self, room: Stay) -> None:
        """Until cancelled. What is said meanwhile waits."""
        patience = self._soon
        while True:
            # What comes while we are being refused may be why we are not any more.
            news = self._news
            try:
                await room.run()
            except Exception:  # a bug in one room is none of the others'
                log.exception("chat ended: room=%s", room.id)
            self._on_ended()
            try:
                async with asyncio.timeout(patience):
                    await news.wait()
                patience = self._soon
            except TimeoutError:
                patience = min(2 * patience, PATIENCE)
