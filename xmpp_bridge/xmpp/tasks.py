"""How background tasks wait, and how they are brought to their end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from xmpp_bridge.xmpp.errors import BridgeError


async def ended(*tasks: asyncio.Task[None] | None) -> None:
    """Cancel the tasks and wait until they are over; what they failed of was theirs to tell."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def while_it_lasts(
    lost: asyncio.Future[BridgeError], doing: Coroutine[Any, Any, None]
) -> None:
    """Do something that is of no use without a stream or a place; raise why that was lost, if it is."""
    task = asyncio.create_task(doing)
    watched: list[asyncio.Future[Any]] = [task, lost]
    try:
        await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise lost.result()
        task.result()
    finally:
        await ended(task)


async def until(event: asyncio.Event, moment: float | None) -> None:
    """Wait for `event`, but not beyond `moment` of the monotonic clock."""
    try:
        async with asyncio.timeout_at(None if moment is None else loop_time(moment)):
            await event.wait()
    except TimeoutError:
        return
    event.clear()


def loop_time(moment: float) -> float:
    """The same moment on the event loop's clock."""
    return asyncio.get_running_loop().time() + moment - time.monotonic()
