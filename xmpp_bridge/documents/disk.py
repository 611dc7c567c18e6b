"""What is known of files on disk: whether one was touched, is whole, and is what we have just written."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import nbformat
from jupyter_server.services.contents.fileio import FileManagerMixin
from jupyter_server.utils import ensure_async

from xmpp_bridge.documents.base import Pending
from xmpp_bridge.documents.trust import strip_content

log = logging.getLogger(__name__)

Key = TypeVar("Key")

OWN_WAYS = "jupyter_server.services.contents."
"""Where the contents managers are of which it is known how they write."""
SETTLES_WITHIN = 0.1
"""Seconds in which nobody must have written a file that is read."""
MOST_LOOKS = 10
FRESH = 1.0
"""Seconds after which a file is no longer being written."""


async def stamp(contents: Any, path: str) -> str | None:
    """Another text each time that the file is written or put there, as by `mv`; None if there is none."""
    return (await stamps(contents, {path: path}))[path]


async def settled(contents: Any, path: str) -> None:
    """Wait until nobody writes the file: most programs empty it first, and nobody has deleted what was in it.

    Not for ever: one that is written for long is read as far as it is. Nor for one that nobody has written of late.
    """
    now = await stamp(contents, path)
    for _ in range(MOST_LOOKS):
        if not await asyncio.to_thread(_may_be_fresh, contents, path):
            return
        await asyncio.sleep(SETTLES_WITHIN)
        before, now = now, await stamp(contents, path)
        if now == before:
            return


async def make_whole(contents: Any, path: str, pending: Pending | None) -> None:
    """Let others finish writing; and finish a save in the middle of which this server died, of a text of this machine.

    COMPAT(jupyter_server 2.21): it empties a text, and writes it when the event loop has turned. A notebook it mends
    itself when it reads it, from the copy which it has made before.
    """
    await settled(contents, path)
    content = None if pending is None else pending.base.content
    if not isinstance(content, str) or not isinstance(contents, FileManagerMixin):
        return
    file = Path(contents.root_dir) / path  # type: ignore[attr-defined] # as above
    if await asyncio.to_thread(_is_beginning, file, content.encode()):
        log.warning("a save was cut off, and is finished: path=%s", path)
        model = {"type": "file", "format": "text", "content": content}
        await ensure_async(contents.save(model, path))  # type: ignore[attr-defined] # of every manager


async def stamps(contents: Any, paths: Mapping[Key, str]) -> dict[Key, str | None]:
    """The stamps of many files, at hardly any cost where they are files of this machine."""
    if isinstance(contents, FileManagerMixin):
        root = Path(contents.root_dir)  # type: ignore[attr-defined] # a trait of those who are one
        return await asyncio.to_thread(
            lambda: {key: _stamp(root / path) for key, path in paths.items()}
        )
    return {key: await _modified(contents, path) for key, path in paths.items()}


def is_edited(contents: Any, model: Mapping[str, Any], on_disk: Any, *, touched: bool) -> bool:
    """Whether somebody has edited the file since it was written as `model`, which the contents manager has seen.

    A file is not edited if it is what we gave, or what Jupyter makes of that. Others may have a way of their own to
    write it: for those it counts whether it was `touched` after they had done so, which misses a moment.
    """
    given = model["content"]
    if on_disk == given:
        return False
    if model["type"] == "notebook":
        if on_disk == as_read(given):
            return False
    elif on_disk == given.replace("\r\n", "\n"):  # as jupyter_server_ydoc reads it
        return False
    return touched or _writes_what_is_given(contents)


def beside(path: str, when: str) -> str:
    """Where the file is kept that the shared document is about to replace."""
    file = PurePosixPath(path)
    return str(file.with_name(f"{file.stem}.before-sharing-{when}{file.suffix}"))


def as_read(notebook: Any) -> Any:
    """A notebook when it was written and read by nbformat."""
    text = nbformat.writes(nbformat.from_dict(notebook))  # type: ignore[no-untyped-call]
    read = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    return strip_content(read)


def _writes_what_is_given(contents: Any) -> bool:
    """Whether it is Jupyter's own manager of files, and nothing writes the file after it."""
    hooks = [contents.post_save_hook, *contents._post_save_hooks]  # noqa: SLF001 - no public way
    return type(contents).__module__.startswith(OWN_WAYS) and not any(hooks)


async def _modified(contents: Any, path: str) -> str | None:
    if not await ensure_async(contents.file_exists(path)):
        return None
    return str((await ensure_async(contents.get(path, content=False)))["last_modified"])


def _may_be_fresh(contents: Any, path: str) -> bool:
    """Whether the file was written a moment ago; by a clock that was stepped back, maybe later than now."""
    if not isinstance(contents, FileManagerMixin):
        return True
    try:
        file = Path(contents.root_dir) / path  # type: ignore[attr-defined] # as above
        return time.time() - file.stat().st_mtime < FRESH
    except OSError:
        return False


def _is_beginning(file: Path, whole: bytes) -> bool:
    """Whether the file is there, but not all of it."""
    try:
        found = file.read_bytes()
    except OSError:
        return False
    return len(found) < len(whole) and whole.startswith(found)


def _stamp(file: Path) -> str | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"
