"""Puts the files aside that rooms take back from whoever is taken out; nothing that was written there is lost."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

from jupyter_server.utils import ensure_async

from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.rooms.identifiers import DocumentId, read_document_id
from xmpp_bridge.rooms.parting import Parted
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError, NotFoundError

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 300.0
"""Seconds between looks; the service says when somebody's rooms have changed."""
AGAIN: Final = 30.0
"""Seconds until the next look after one that failed."""
CLOSING_LOOKS: Final = 60
"""So often it is looked whether browsers have closed the file, before it goes all the same."""
CLOSING_EVERY: Final = 0.05


class Desk(Protocol):
    """The server's contents, and its linked files' places in it."""

    @property
    def contents(self) -> Any: ...
    def path(self, file_id: str) -> str | None: ...
    async def file_exists(self, path: str) -> bool: ...
    async def delete(self, path: str) -> None: ...


@dataclass(frozen=True)
class Taken:
    """A file that its room has taken back."""

    document: DocumentId
    name: str
    room: str
    path: str
    aside: str | None = None
    """Where it is now, on the disk of this server; None while it is under way."""


class TakingBack:
    """Its record outlives the server: what is begun is finished, and its owner reads of it until they say so."""

    def __init__(
        self,
        record: Path,
        aside: Path,
        files: SharedFiles,
        desk: Desk,
        partings: Callable[[], Awaitable[list[Parted]]],
        leave: Callable[[DocumentId], Awaitable[None]],
        on_news: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        """`partings` asks the service; `leave` saves a file and unlinks it; `on_news` tells whoever shows `all`."""
        self._record = record
        self._aside = aside
        self._files = files
        self._desk = desk
        self._partings = partings
        self._leave = leave
        self._on_news = on_news
        self._now = now
        self._taken = _read(record)
        self._news = asyncio.Event()

    @property
    def all(self) -> Mapping[DocumentId, Taken]:
        """What was taken back and nobody has read of yet."""
        return self._taken

    def told(self) -> None:
        """The owner's rooms are others now, or may have changed while nobody listened."""
        self._news.set()

    def dismiss(self, document: DocumentId) -> None:
        """The owner knows; the file stays where it is."""
        if document not in self._taken:
            raise NotFoundError("no such file was taken back")
        self._keep({each: taken for each, taken in self._taken.items() if each != document})

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._news.clear()
            patience = LOOK_EVERY
            try:
                await self.look()
            except BridgeError as error:
                patience = AGAIN
                log.info("not asked what goes back: condition=%s", error.condition)
            except Exception:  # a file may be out of reach in many ways
                patience = AGAIN
                log.exception("a file was not put aside")
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._news.wait()

    async def look(self) -> None:
        """Take back what is to go, and finish what was begun."""
        begun = {each.document for each in self._taken.values() if each.aside is None}
        if not begun and not list(self._files):
            return
        for parted in await self._partings():
            shared = self._files.of(parted.document)
            if shared is not None:
                path = self._desk.path(shared.link.file_id) or ""
                taken = Taken(parted.document, parted.name, parted.room, path)
                self._keep({**self._taken, parted.document: taken})
                self._on_news()
                await self._closed(parted.document)
                await self._leave(parted.document)
                begun.add(parted.document)
        for document in sorted(begun):
            await self._finish(document)

    async def _closed(self, document: DocumentId) -> None:
        """No browser holds the file any more, or has had time enough to let go of it."""
        for _ in range(CLOSING_LOOKS):
            if not self._is_held(document):
                return
            await asyncio.sleep(CLOSING_EVERY)

    def _is_held(self, document: DocumentId) -> bool:
        shared = self._files.of(document)
        return shared is not None and shared.room is not None and bool(shared.room.clients)

    async def _finish(self, document: DocumentId) -> None:
        taken = self._taken[document]
        if self._files.of(document) is not None or not await self._desk.file_exists(taken.path):
            # They were let in again before it was begun; or there is no file, or somebody else has moved it.
            self.dismiss(document)
        else:
            where = await self._put_aside(taken.path)
            await self._desk.delete(taken.path)
            self._keep({**self._taken, document: replace(taken, aside=str(where))})
            log.info("put aside, as its room asks: document=%s", document)
        self._on_news()

    async def _put_aside(self, path: str) -> Path:
        model = await ensure_async(self._desk.contents.get(path, content=True))
        content = model["content"]
        text = content if isinstance(content, str) else json.dumps(content, indent=1)
        self._aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = f"{self._now():%Y-%m-%dT%H-%M-%S.%f}"
        where = self._aside / f"{stamp}-{PurePosixPath(path).name}"
        await asyncio.to_thread(_write, where, text)
        return where

    def _keep(self, taken: Mapping[DocumentId, Taken]) -> None:
        self._taken = dict(taken)
        self._record.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(self._record, json.dumps([asdict(each) for each in self._taken.values()]))


def _write(path: Path, text: str) -> None:
    """Whole and on the disk, or not at all: what it replaces is deleted next."""
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _read(record: Path) -> dict[DocumentId, Taken]:
    """What was taken back before; a record that cannot be read takes nothing more."""
    try:
        kept = json.loads(record.read_text(encoding="utf-8"))
        found = [Taken(**{**each, "document": read_document_id(each["document"])}) for each in kept]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, BadPayloadError):
        log.exception("what was taken back is not readable")
        return {}
    return {each.document: each for each in found}
