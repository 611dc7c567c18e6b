"""Where somebody is muted their lab does not knock for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xmpp_bridge.server_extension.staying import Staying


class Orchard:
    """Lets nobody in for now."""

    id = "orchard"

    def __init__(self) -> None:
        self.knocks = 0
        self.knocked = asyncio.Event()
        self.staying: Staying | None = None

    async def run(self) -> None:
        self.knocks += 1
        self.knocked.set()
        if self.staying is not None:
            staying, self.staying = self.staying, None
            staying.told()

    async def next_knock(self) -> None:
        self.knocked.clear()
        async with asyncio.timeout(5):
            await self.knocked.wait()


@asynccontextmanager
async def stays(orchard: Orchard, staying: Staying) -> AsyncIterator[None]:
    task = asyncio.create_task(staying.stay(orchard))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def idle() -> None:
    """Whatever can run has run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_room_that_would_not_have_us_is_left_alone_until_there_is_news() -> None:
    ended: list[None] = []
    orchard, staying = Orchard(), Staying(lambda: ended.append(None))
    async with stays(orchard, staying):
        await idle()
        assert (orchard.knocks, len(ended)) == (1, 1)
        staying.told()
        await orchard.next_knock()
        await idle()
        assert orchard.knocks == 2


async def test_news_that_comes_while_we_are_refused_is_not_missed() -> None:
    orchard, staying = Orchard(), Staying(lambda: None)
    orchard.staying = staying
    async with stays(orchard, staying):
        await idle()
        assert orchard.knocks == 2


async def test_what_nobody_tells_of_is_found_out_after_a_while() -> None:
    orchard, staying = Orchard(), Staying(lambda: None, soon=0.01)
    async with stays(orchard, staying):
        await orchard.next_knock()
        await orchard.next_knock()
