"""What is kept up goes on after whatever ends it, on the stream that there is then."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import ForbiddenError, UnavailableError
from xmpp_bridge.xmpp.keeping import keep_up
from xmpp_bridge.xmpp.stream import Stream


class Streams:
    """A client that is logged in anew whenever its stream has ended."""

    def __init__(self) -> None:
        self.now = self._new()

    def _new(self) -> SimpleNamespace:
        return SimpleNamespace(ended=asyncio.get_running_loop().create_future())

    async def stream(self) -> SimpleNamespace:
        if self.now.ended.done():
            self.now = self._new()
        return self.now


@pytest.mark.parametrize(
    "failure", [ForbiddenError("not you"), OSError(28, "No space left on device")]
)
async def test_a_failure_ends_nothing_but_the_attempt(failure: Exception) -> None:
    attempts = 0
    again = asyncio.Event()

    async def doing(_stream: Stream) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise failure
        again.set()
        await asyncio.Event().wait()

    await _until(again, Streams(), doing)
    assert attempts == 2


async def test_it_goes_on_with_the_stream_after_the_one_that_ended() -> None:
    streams = Streams()
    met: list[object] = []
    again = asyncio.Event()

    async def doing(stream: Stream) -> None:
        met.append(stream)
        if len(met) == 1:
            stream.ended.set_result(UnavailableError("the connection is lost"))
        else:
            again.set()
        await asyncio.Event().wait()

    await _until(again, streams, doing)
    assert met[1] is streams.now is not met[0]


async def _until(event: asyncio.Event, streams: Streams, doing: object) -> None:
    keeping = asyncio.create_task(
        keep_up("a list", cast("Client", streams), doing, chance=lambda: 0.0)  # type: ignore[arg-type]
    )
    try:
        async with asyncio.timeout(5):
            await event.wait()
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
