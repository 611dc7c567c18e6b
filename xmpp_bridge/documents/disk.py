"""What is known of files on disk: whether one was touched, and whether it is what we have just written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import nbformat
from jupyter_server.services.contents.fileio import FileManagerMixin
from jupyter_server.utils import ensure_async

from xmpp_bridge.documents.trust import strip_content

Key = TypeVar("Key")

OWN_WAYS = "jupyter_server.services.contents."
"""Where the contents managers are of which it is known how they write."""


async def stamp(contents: Any, path: str) -> str | None:
    """Another text each time that the file is written or put there, as by `mv`; None if there is none."""
    return (await stamps(contents, {path: path}))[path]


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


def _stamp(file: Path) -> str | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"
