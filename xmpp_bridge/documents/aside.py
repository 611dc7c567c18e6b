"""Reads large updates in a thread: the event loop goes on, with a wait of milliseconds instead of seconds."""

from __future__ import annotations

import asyncio
from typing import Final

from xmpp_bridge.documents.update import UpdateContents, read_update

LARGE: Final = 128 * 1024
"""Bytes: what is smaller is read sooner than a thread is woken."""


async def read_aside(update: bytes) -> UpdateContents:
    """As `read_update`; whoever reads the same update again soon has it at once."""
    if len(update) < LARGE:
        return read_update(update)
    return await asyncio.to_thread(read_update, update)
