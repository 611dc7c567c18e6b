"""What was kept reaches the disk itself, soon, and however often the disk refuses."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from xmpp_bridge.documents import journal
from xmpp_bridge.documents.journal import Journal
from xmpp_bridge.xmpp.tasks import ended


@asynccontextmanager
async def kept_flushed(kept: Journal) -> AsyncIterator[None]:
    flushing = asyncio.create_task(kept.keep_flushed())
    try:
        async with asyncio.timeout(5):
            yield
    finally:
        await ended(flushing)


async def test_what_is_kept_is_flushed_and_nothing_is_done_without_news(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: asyncio.Queue[int] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(os, "fsync", lambda fd: loop.call_soon_threadsafe(synced.put_nowait, fd))
    monkeypatch.setattr(journal, "FLUSH_EVERY", 0.0)
    kept = Journal(tmp_path)
    async with kept_flushed(kept):
        for update in (b"wherefore", b"art thou"):
            kept.append(update)
            for _file_and_directory in range(2):
                await synced.get()
    assert synced.empty()


async def test_a_disk_that_refuses_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals, flushed = [OSError("the disk is away")] * 3, asyncio.Event()
    loop = asyncio.get_running_loop()

    def sync(_descriptor: int) -> None:
        if refusals:
            raise refusals.pop()
        loop.call_soon_threadsafe(flushed.set)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(journal, "FLUSH_EVERY", 0.0)
    kept = Journal(tmp_path)
    async with kept_flushed(kept):
        kept.append(b"wherefore")
        await flushed.wait()
    assert not refusals
