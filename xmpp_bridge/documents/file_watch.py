"""Looks at a file every now and then, for as long as its room is open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)


async def keep_looking(
    every: float, look: Callable[[], Coroutine[Any, Any, None]], document: str
) -> None:
    """Look until cancelled; a file that is away, or half written, is spoken of once and looked at again."""
    failed: str | None = None
    while True:
        await asyncio.sleep(every)
        try:
            # In a task of its own: AnyIO keeps a thread for as long as the task lives that first needed it.
            await asyncio.create_task(look())
        except Exception as error:
            if repr(error) != failed:
                log.exception("file not read: document=%s", document)
            failed = repr(error)
        else:
            failed = None
