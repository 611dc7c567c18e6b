"""Files that somebody is writing, or was when they died."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from xmpp_bridge.documents import disk
from xmpp_bridge.documents.base import Base, Pending

WHOLE = "O, speak again, bright angel! — for thou art\nAs glorious to this night\n"


@pytest.fixture
def contents(tmp_path: Path) -> AsyncLargeFileManager:
    return AsyncLargeFileManager(root_dir=str(tmp_path))


@pytest.mark.parametrize(
    "left",
    [b"", WHOLE.encode()[:9], WHOLE.encode()[: WHOLE.encode().index(b"\xe2") + 1]],
    ids=["emptied", "half written", "in the middle of a letter"],
)
async def test_a_save_that_was_cut_off_is_finished(
    contents: AsyncLargeFileManager, tmp_path: Path, left: bytes
) -> None:
    (tmp_path / "orchard.md").write_bytes(left)
    await disk.make_whole(contents, "orchard.md", Pending(Base(b"", WHOLE)))
    assert (tmp_path / "orchard.md").read_text() == WHOLE


@pytest.mark.parametrize("found", [WHOLE, WHOLE + "of night", "I am here", "O, hear"])
async def test_a_file_that_is_whole_or_edited_is_let_alone(
    contents: AsyncLargeFileManager, tmp_path: Path, found: str
) -> None:
    (tmp_path / "orchard.md").write_text(found)
    await disk.make_whole(contents, "orchard.md", Pending(Base(b"", WHOLE)))
    assert (tmp_path / "orchard.md").read_text() == found


async def test_without_a_save_under_way_or_a_text_nothing_is_finished(
    contents: AsyncLargeFileManager, tmp_path: Path
) -> None:
    (tmp_path / "orchard.md").write_text("")
    await disk.make_whole(contents, "orchard.md", None)
    await disk.make_whole(contents, "orchard.md", Pending(Base(b"", {"cells": []})))
    await disk.make_whole(contents, "moved.md", Pending(Base(b"", WHOLE)))
    assert (tmp_path / "orchard.md").read_text() == ""
    assert not (tmp_path / "moved.md").exists()


async def test_a_file_is_read_when_nobody_writes_it_any_more(
    contents: AsyncLargeFileManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, written = tmp_path / "orchard.md", ""
    looks = [WHOLE[:5], WHOLE[:9], WHOLE]

    async def somebody_writes(_seconds: float) -> None:
        nonlocal written
        if looks:
            written = looks.pop(0)
            file.write_text(written)

    file.write_text("")
    monkeypatch.setattr(asyncio, "sleep", somebody_writes)
    await disk.settled(contents, "orchard.md")
    assert written == WHOLE


async def test_nobody_waits_for_a_file_that_is_old(
    contents: AsyncLargeFileManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody_sleeps(_seconds: float) -> None:
        raise AssertionError

    monkeypatch.setattr(asyncio, "sleep", nobody_sleeps)
    (tmp_path / "orchard.md").write_text(WHOLE)
    os.utime(tmp_path / "orchard.md", (1597, 1597))
    await disk.settled(contents, "orchard.md")
    await disk.settled(contents, "moved.md")


async def test_a_file_that_is_written_for_ever_is_read_all_the_same(
    contents: AsyncLargeFileManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = 0.0
    (tmp_path / "orchard.md").write_text("")

    async def somebody_writes(seconds: float) -> None:
        nonlocal waited
        waited += seconds
        (tmp_path / "orchard.md").write_text("x" * round(10 * waited))

    monkeypatch.setattr(asyncio, "sleep", somebody_writes)
    await disk.settled(contents, "orchard.md")
    assert 0.5 < waited < 2
