"""Two people who type while something happens to what is between them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from demo import edits
from demo.collab_client import CollabClient
from tests.e2e.stage import Stage, agree, on_disk, tabs

PACE = 0.03


class Typist:
    """Types numbers into a cell of their own until told to stop; each must be there once, in order."""

    def __init__(self, client: CollabClient, cell: int, pace: float = PACE) -> None:
        self._pace = pace
        self._client = client
        self._cell = cell
        self._stop = asyncio.Event()
        self.typed = 0

    async def run(self) -> None:
        self._stop.clear()
        while not self._stop.is_set():
            self.typed += 1
            edits.append_text(self._client.notebook, self._cell, f"{self.typed};")
            await asyncio.sleep(self._pace)

    def stop(self) -> None:
        self._stop.set()

    @property
    def text(self) -> str:
        return self.text_of(self.typed)

    def text_of(self, number: int) -> str:
        """What the cell says after so many strokes."""
        return "".join(f"{each};" for each in range(1, number + 1))


async def survive(
    stage: Stage, path: str, fault: Callable[[], Awaitable[Any]], record_property: Any
) -> None:
    """Alice and bob type, something happens, they go on typing: both texts must be whole, everywhere."""
    alice, bob = stage.people["alice"], stage.people["bob"]
    document, _ = await stage.shared(alice, path, "", "", bob="editor")
    async with tabs(path, alice, bob) as clients:
        typists = [Typist(client, cell) for cell, client in enumerate(clients)]
        typing = [asyncio.create_task(typist.run()) for typist in typists]
        await _typed(typists, 20)
        await fault()
        await _typed(typists, max(typist.typed for typist in typists) + 20)
        for typist in typists:
            typist.stop()
        await asyncio.gather(*typing)
        await agree(clients)
        expected = [typist.text for typist in typists]
        assert edits.sources(clients[0].notebook) == expected
        await alice.live(document)
        await bob.live(document)
    await on_disk([alice, bob], path, expected)
    record_property(
        "figure", f"{sum(typist.typed for typist in typists)} strokes, 0 lost, 0 doubled"
    )


async def _typed(typists: list[Typist], number: int) -> None:
    while any(typist.typed < number for typist in typists):
        await asyncio.sleep(PACE)
