"""What a room says while somebody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Self


class Listening:
    """Frames from the beginning of the block to its end; a listener that is slow misses nothing."""

    def __init__(self, ears: set[Listening]) -> None:
        self._ears = ears
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def __enter__(self) -> Self:
        self._ears.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._ears.discard(self)

    def put(self, frame: dict[str, Any]) -> None:
        self._frames.put_nowait(frame)

    async def frames(self) -> AsyncIterator[dict[str, Any]]:
        """Each in turn, until there will be no more."""
        while (frame := await self._frames.get())["kind"] != "closed":
            yield frame
