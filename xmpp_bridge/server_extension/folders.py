"""Shared folders: every notebook and text file below one is a document of its room, and new ones follow."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

from xmpp_bridge.rooms.identifiers import RoomId, read_room_id
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    BridgeError,
    ConflictError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 60.0
"""Seconds between looks, for what came behind Jupyter's back; what Jupyter itself makes is seen at once."""
MOST: Final = 500
"""Files that one folder may make documents of."""
TEXT_TYPES: Final = frozenset({"application/json", "application/toml", "application/x-sh", None})


class Sharer(Protocol):
    """What makes a document of a file."""

    async def share(self, path: str, room: str) -> Any: ...


@dataclass(frozen=True)
class Outcome:
    """What became of the files of a folder in one look."""

    shared: list[str]
    refused: dict[str, str]


class Folders:
    """Which folders of this server are shared; a folder is remembered by its path, and forgotten when it is gone."""

    def __init__(
        self, record: Path, contents: Callable[[], Any], sharer: Sharer, every: float = LOOK_EVERY
    ) -> None:
        self._record = record
        self._contents = contents
        self._sharer = sharer
        self._every = every
        self._folders = _read(record)
        self._tried: dict[str, object] = {}
        """Files that are documents, or cannot be one, as of their last change."""
        self._changed = asyncio.Event()
        self._looking = asyncio.Lock()

    @property
    def all(self) -> Mapping[str, RoomId]:
        """The room of each folder, by its path."""
        return self._folders

    async def share(self, path: str, room: RoomId) -> Outcome:
        """Share what is in the folder, and from now on what comes into it."""
        if self._folders.get(path, room) != room:
            raise ConflictError(f"{path} is shared in another room already")
        files = [each async for each in self._files(path)]
        if len(files) > MOST:
            raise TooLargeError(f"{path} has more than {MOST} notebooks and text files")
        self._folders = {**self._folders, path: room}
        self._keep()
        return await self._look(room, files)

    def stop(self, path: str) -> None:
        """Share nothing new of it any more; what was shared stays shared."""
        if path not in self._folders:
            raise NotFoundError("this folder is not shared")
        self._folders = {each: room for each, room in self._folders.items() if each != path}
        self._keep()

    def files_changed(self) -> None:
        """Jupyter has made, saved or moved a file."""
        if self._folders:
            self._changed.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._changed.wait()
            self._changed.clear()
            for path, room in self._folders.items():
                try:
                    await self._look(room, [each async for each in self._files(path)])
                except NotFoundError:
                    log.info("a shared folder is gone")
                    self.stop(path)
                except BridgeError as error:
                    log.info("folder not looked at: condition=%s", error.condition)

    async def _look(self, room: RoomId, files: list[dict[str, Any]]) -> Outcome:
        shared: list[str] = []
        refused: dict[str, str] = {}
        async with self._looking:
            for model in files[:MOST]:
                file, stamp = str(model["path"]), model.get("last_modified")
                if file in self._tried and self._tried[file] in {None, stamp}:
                    continue
                try:
                    await self._sharer.share(file, room)
                except ConflictError:
                    self._tried[file] = None  # A document already.
                except UnavailableError:
                    raise  # Later.
                except BridgeError as error:
                    self._tried[file] = stamp
                    refused[file] = str(error)
                else:
                    self._tried[file] = None
                    shared.append(file)
        return Outcome(shared, refused)

    async def _files(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """Notebooks and text files below a folder, without what is hidden."""
        try:
            model = await ensure_async(self._contents().get(path, type="directory", content=True))
        except HTTPError as error:
            raise NotFoundError(f"there is no folder {path}") from error
        for child in model["content"]:
            if PurePosixPath(child["path"]).name.startswith("."):
                continue
            if child["type"] == "directory":
                async for each in self._files(child["path"]):
                    yield each
            elif child["type"] == "notebook" or _is_text(child.get("mimetype")):
                yield child

    def _keep(self) -> None:
        self._record.parent.mkdir(parents=True, exist_ok=True)
        new = self._record.with_suffix(".new")
        new.write_text(json.dumps(self._folders), encoding="utf-8")
        new.replace(self._record)


def _is_text(kind: str | None) -> bool:
    return kind in TEXT_TYPES or str(kind).startswith("text/")


def _read(record: Path) -> dict[str, RoomId]:
    """What was shared before; a file that cannot be read shares nothing new."""
    try:
        kept = json.loads(record.read_text(encoding="utf-8"))
        return {str(path): read_room_id(str(room)) for path, room in kept.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, BadPayloadError):
        log.exception("shared folders not readable")
        return {}
