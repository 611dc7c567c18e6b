"""How a background task is brought to its end."""

from __future__ import annotations

import asyncio


async def ended(*tasks: asyncio.Task[None] | None) -> None:
    """Cancel the tasks and wait until they are over; what they failed of was theirs to tell."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
