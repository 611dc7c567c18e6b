"""How background tasks wait, and how they are brought to their end."""

from __future__ import annotations

import asyncio
import time


async def ended(*tasks: asyncio.Task[None] | None) -> None:
    """Cancel the tasks and wait until they are over; what they failed of was theirs to tell."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


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
