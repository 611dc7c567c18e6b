"""Our DocumentRoom: a file of this server that is one replica of a shared document.

What the stock room does with a shared Doc is save for ever, double cells and revert edits (docs/decisions). So a linked
room has its own answers for loading, saving, changes on disk, and who may write. It relies on private members of
jupyter_server_ydoc, which only this module and `ydoc_server` know; a contract test names each of them.
"""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import PurePosixPath
from typing import Any, ClassVar, Self, cast

from jupyter_server_ydoc.rooms import DocumentRoom
from jupyter_server_ydoc.utils import LogLevel, OutOfBandChanges
from pycrdt import (
    Awareness,
    Channel,
    Doc,
    create_awareness_message,
    create_update_message,
)

from xmpp_bridge.documents.base import is_blank
from xmpp_bridge.documents.channels import Browser, Keeper, WebSocket
from xmpp_bridge.documents.doubles import undouble
from xmpp_bridge.documents.local_document import local_document
from xmpp_bridge.documents.merge import three_way
from xmpp_bridge.documents.metrics import SAVES
from xmpp_bridge.documents.shared_file import SharedFile, SharedFiles
from xmpp_bridge.documents.trust import strip_content
from xmpp_bridge.xmpp.tasks import ended

UNDOUBLE_AFTER = 0.2
"""Seconds, and at most twice as many."""
SAVE_AT_THE_LATEST = 10.0
"""Seconds: somebody who never stops typing is saved all the same, which the stock room does not do."""


class ChosenRoom(DocumentRoom):  # type: ignore[misc] # COMPAT(jupyter_server_ydoc 3): it has no py.typed
    """What jupyter_server_ydoc makes instead of its own: for a linked file a linked room, else its own, untouched."""

    _document: Any
    ready: bool
    shared_files: ClassVar[SharedFiles]
    """One for each process, as the two module globals are which `ydoc_server.install` replaces."""

    def __new__(
        cls, _room_id: str, _format: str, _type: str, file: Any, *_args: Any, **_options: Any
    ) -> Self:
        linked = cls is ChosenRoom and file.file_id in cls.shared_files
        return cast("Self", object.__new__(LinkedRoom if linked else cls))


class LinkedRoom(ChosenRoom):
    """Loads from the journal and the room, saves what all wrote, merges what was changed on disk."""

    def __init__(
        self,
        room_id: str,
        file_format: str,
        file_type: str,
        file: Any,
        logger: Any,
        _ystore: Any,
        log: Any,
        **options: Any,
    ) -> None:
        super().__init__(room_id, file_format, file_type, file, logger, None, log, **options)
        self.shared: SharedFile = self.shared_files[file.file_id]
        self._document.unobserve()  # It has written the path as if somebody had typed it: start over.
        self.ydoc: Doc[Any] = Doc()
        self.awareness = Awareness(self.ydoc)
        self.awareness.observe(self.send_server_awareness)
        self._document = local_document(file_type)(self.ydoc, self.awareness)
        self._replica = self.shared.opened(self)
        self._document.replica = self._replica
        self._document.observe(self._on_document_change)
        self._found: Any = None
        self._changed = asyncio.Event()
        self._saving = asyncio.Lock()
        self._saver: asyncio.Task[None] | None = None
        self._undoubling: asyncio.TimerHandle | None = None

    async def initialize(self) -> None:
        """Journal, then the room's history, then what is on disk; only then may a browser look."""
        if self.ready:
            return
        on_disk = self._found = await self._load()
        if await self.shared.recall(on_disk):
            self._changed.set()
        else:
            await self._reconcile(on_disk)
        self._replica.set_local(path=self._file.path)
        self.ready = True
        self.clients.add(Keeper())
        self._saver = asyncio.create_task(self._keep_saving())
        self.shared.ready()
        self._emit(LogLevel.INFO, "initialize", "Room initialized")

    async def stop(self) -> None:
        """Forget the Doc: the journal has it."""
        if self._undoubling is not None:
            self._undoubling.cancel()
        await ended(self._saver)
        await self.shared.closed()
        await super().stop()

    async def serve(self, channel: Channel) -> None:
        """Serve a browser: cursors at once, and no writing for those who may only read."""
        socket = cast("WebSocket", channel)
        socket.set_nodelay(True)  # Else a keystroke waits 40 ms for the reader's delayed ACK.
        present = [
            client
            for client, state in self.awareness.states.items()
            if client != self.awareness.client_id and state
        ]
        if present:
            await channel.send(
                create_awareness_message(self.awareness.encode_awareness_update(present))
            )
        await super().serve(Browser(socket, self._may_write))

    async def _watch_ready(self) -> None:
        """As the stock room has it, but the replica decides what comes first, and nothing waits for a task's turn."""
        await self.ready_event.wait()
        self._replica.show = self._tell_browsers
        self.ydoc_observed.set()

    def _tell_browsers(self, update: bytes) -> None:
        message = create_update_message(update)
        for browser in list(self.clients):
            browser.tell(message)

    def _may_write(self, channel: WebSocket) -> bool:
        return self.shared.may_type(getattr(channel, "current_user", None))

    async def save(self) -> None:
        """Write the file now, merging whatever was changed on disk meanwhile."""
        async with self._saving:
            self._changed.clear()
            try:
                await self._save()
            except OutOfBandChanges:
                await self._merge_disk()
                await self._save()

    def _save_to_disc(self) -> asyncio.Task[None]:
        return asyncio.create_task(self.save())

    def _on_document_change(self, target: str, event: Any) -> None:
        """`state` is about this server's file and never a reason to save it again."""
        if target == "state" or not self.ready:
            return
        if target == "cells" and any(not change.path for change in event):
            self._undouble_soon()
        if self._autosaves():
            self._changed.set()

    def _undouble_soon(self) -> None:
        """Cells came or went. Not everybody at once: the first one's answer spares the others theirs."""
        if self._undoubling is None and not self._replica.read_only:
            delay = UNDOUBLE_AFTER * (1 + random.random())  # noqa: S311 - jitter
            self._undoubling = asyncio.get_running_loop().call_later(delay, self._undouble)

    def _undouble(self) -> None:
        self._undoubling = None
        if undouble(self.ydoc):
            self.log.info("cells moved twice at once: document=%s", self.shared.document)

    def _autosaves(self) -> bool:
        """As the stock room has it, but only people of this server decide about its file."""
        wishes = [
            state.get("autosave", True)
            for client, state in self.awareness.states.items()
            if state and not self.shared.is_remote(client)
        ]
        return any(wishes) if wishes else True

    async def _keep_saving(self) -> None:
        while True:
            await self._changed.wait()
            if self._save_delay is None:
                return
            latest = time.monotonic() + max(SAVE_AT_THE_LATEST, self._save_delay)
            while self._changed.is_set() and time.monotonic() < latest:
                self._changed.clear()
                await asyncio.sleep(self._save_delay)
            try:
                # In a task of its own: AnyIO keeps a thread for as long as the task lives that first needed it, and a
                # server that is interrupted would wait for that thread for ever.
                await asyncio.create_task(self.save())
            except Exception as error:  # the file may be away, the disk full: said, and tried again
                self.log.exception("document not saved: document=%s", self.shared.document)
                self._emit(LogLevel.ERROR, None, f"Error saving file: {error!r}")
                await asyncio.sleep(self._save_delay)
                self._changed.set()

    async def _save(self) -> None:
        content, state = self._content(), self._replica.snapshot()  # no await between: one moment
        model = {"format": self._file_format, "type": self._file_type, "content": content}
        await asyncio.to_thread(self.shared.saving, state, content, self._found)
        saved = await self._file.maybe_save_content(model)
        if saved is None:
            return  # The file is not writable.
        written = self._file.last_modified
        on_disk = await self._load()  # The contents manager may have its own way of writing it.
        edited = self._file.last_modified != written
        await asyncio.to_thread(self.shared.saved, state, content if edited else on_disk)
        self._replica.set_local(dirty=False, hash=saved["hash"])
        SAVES.inc()
        self._emit(LogLevel.INFO, "save", "Content saved.")
        if edited:
            await self._reconcile(on_disk)

    async def _on_outofband_change(self) -> None:
        await asyncio.create_task(self._merge_out_of_band())  # as in `_keep_saving`

    async def _merge_out_of_band(self) -> None:
        async with self._saving:
            await self._merge_disk()

    async def _merge_disk(self) -> None:
        await self._reconcile(await self._load())

    async def _reconcile(self, on_disk: Any) -> None:
        """Bring what is on disk and what is in the room together; neither loses."""
        base = self.shared.base_of(on_disk)
        if base is None or on_disk != self._content():
            self._changed.set()
        if on_disk == self._content():
            return
        if base is not None and on_disk == base.content:
            return
        if base is None or self._replica.read_only:
            await self._back_up(on_disk)
            return
        update = three_way(base.state, base.content, on_disk, self._file_type)
        if update is not None:
            self._replica.type(update)
            self._emit(LogLevel.INFO, "overwrite", "Changes of the file were merged.")

    async def _back_up(self, content: Any) -> None:
        """Keep beside it the file that the shared document is about to replace."""
        if is_blank(content):
            return
        path = PurePosixPath(self._file.path)
        stamp = time.strftime("%Y%m%dT%H%M%S")
        backup = path.with_name(f"{path.stem}.before-sharing-{stamp}{path.suffix}")
        model = {"format": self._file_format, "type": self._file_type, "content": content}
        await self.shared.write_file(str(backup), model)
        self.log.info("file backed up: document=%s", self.shared.document)

    async def _load(self) -> Any:
        model = await self._file.load_content(self._file_format, self._file_type)
        return (
            strip_content(model["content"]) if self._file_type == "notebook" else model["content"]
        )

    def _content(self) -> Any:
        content = self._document.get()
        return strip_content(content) if self._file_type == "notebook" else content
