"""Our DocumentRoom: a file of this server that is one replica of a shared document.

What the stock room does with a shared Doc is save for ever, double cells and revert edits (docs/decisions). So a linked
room has its own answers for loading, saving, changes on disk, and who may write. It relies on private members of
jupyter_server_ydoc, which only this module and `ydoc_server` know; a contract test names each of them.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, Self, cast

from jupyter_server_ydoc.rooms import DocumentRoom
from jupyter_server_ydoc.utils import LogLevel, OutOfBandChanges
from pycrdt import Awareness, Channel, Doc, create_update_message

from xmpp_bridge.documents import disk
from xmpp_bridge.documents.aside import read_aside
from xmpp_bridge.documents.base import is_blank
from xmpp_bridge.documents.channels import Browser, Keeper, WebSocket, news_since, who_is_here
from xmpp_bridge.documents.content import content_of
from xmpp_bridge.documents.doubles import undouble
from xmpp_bridge.documents.file_watch import keep_looking
from xmpp_bridge.documents.local_document import local_document
from xmpp_bridge.documents.merge import three_way
from xmpp_bridge.documents.metrics import SAVES
from xmpp_bridge.documents.running import RunningCells
from xmpp_bridge.documents.shared_file import SharedFile
from xmpp_bridge.documents.shared_files import SharedFiles
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
        self.running = self._running_cells()
        self._runner: asyncio.Task[None] | None = None
        self._document.observe(self._on_document_change)
        self.lent = False
        """Whether somebody of this server holds the Doc itself: what a kernel outputs is written into it."""
        self._found: Any = None
        self._seen: str | None = None
        """The stamp of the file when it was last read."""
        self._changed = asyncio.Event()
        self._due = False  # Whether what changed is still to be saved.
        self._saving = asyncio.Lock()
        self._saver: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._undoubling: asyncio.TimerHandle | None = None

    async def initialize(self) -> None:
        """Journal, then the room's history, then what is on disk; only then may a browser look."""
        if self.ready:
            return
        await disk.make_whole(self._contents, self._file.path, self.shared.journal.pending())
        on_disk = self._found = await self._load()
        if await self.shared.recall(on_disk):
            self._changed.set()
        else:
            await self._reconcile(on_disk)
        self._replica.set_local(path=self._file.path)
        self.ready = True
        self.clients.add(Keeper())
        self._saver = asyncio.create_task(self._keep_saving())
        await self._watch_instead_of_loader()
        self._runner = asyncio.create_task(self.running.run())
        self.shared.ready()
        self._emit(LogLevel.INFO, "initialize", "Room initialized")

    async def stop(self) -> None:
        """Forget the Doc: the journal has it."""
        if self._undoubling is not None:
            self._undoubling.cancel()
        await ended(self._watcher, self._saver, self._runner)
        async with self._saving:  # What has begun ends first.
            await self.shared.closed()
        await super().stop()

    async def serve(self, channel: Channel) -> None:
        """Serve a browser: cursors at once, and no writing for those who may only read."""
        socket = cast("WebSocket", channel)
        socket.set_nodelay(True)  # Else a keystroke waits 40 ms for the reader's delayed ACK.
        if (present := who_is_here(self.awareness)) is not None:
            await channel.send(present)
        browser = Browser(
            socket,
            self._may_write,
            self._replica.state_vector,
            lambda known: news_since(known, self.ydoc, self.awareness),
        )
        browser.take_at_once(self._replica.take)
        await super().serve(browser)

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
            await self._save_now()

    async def _save_due(self) -> None:
        """Unless somebody has meanwhile: a document that has come to rest is not written once more."""
        async with self._saving:
            if self._due:
                await self._save_now()

    async def _save_now(self) -> None:
        self._changed.clear()
        self._due = False
        try:
            if await self._is_touched():
                await self._reconcile(await self._load())
            with suppress(OutOfBandChanges):
                return await self._save()
            await self._reconcile(await self._load())
            await self._save()
        except Exception:
            self._changed.set()  # Whoever wished it, it is still to be saved.
            raise

    @property
    def browsers(self) -> int:
        """How many tabs have it open."""
        return sum(not isinstance(client, Keeper) for client in self.clients)

    @property
    def path(self) -> str:
        """Where the file is."""
        return str(self._file.path)

    async def save_changes(self) -> None:
        """Write the file unless it is what the document says, wished by a browser or not."""
        base = self.shared.journal.base
        if base is None or (await self._content())[0] != base.content:
            await self.save()

    async def is_saved(self) -> bool:
        """Whether the file is as it was last saved."""
        base, seen = self.shared.journal.base, self._seen
        saved = base is not None and await self._load() == base.content
        self._seen = seen  # What was edited is still to be merged.
        return saved

    def _save_to_disc(self) -> asyncio.Task[None]:
        return asyncio.create_task(self.save())

    def _on_document_change(self, target: str, event: Any) -> None:
        """`state` is about this server's file and never a reason to save it again."""
        if target == "state" or not self.ready:
            return
        if target == "cells":
            self.running.changed(event)
            if any(not change.path for change in event):
                self._undouble_soon()
        if self._autosaves():
            self._changed.set()

    def _running_cells(self) -> RunningCells:
        assert self.shared.network is not None  # noqa: S101 - `opened` has made it
        company = self.shared.network.company
        return RunningCells(
            self.ydoc, self._replica, company, lambda: self.shared.is_busy(self._file.path)
        )

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
                self._due = True
                await asyncio.sleep(self._save_delay)
            try:
                # In a task of its own: AnyIO keeps a thread for as long as the task lives that first needed it, and a
                # server that is interrupted would wait for that thread for ever. Shielded: FileLoader swallows a
                # cancellation, and this one would go on for ever as well.
                await asyncio.shield(asyncio.create_task(self._save_due()))
            except Exception as error:  # the file may be away, the disk full: said, and tried again
                self.log.exception("document not saved: document=%s", self.shared.document)
                # COMPAT(jupyter_server_ydoc 3.0.4): an event names the path, which raises when the file has none.
                with suppress(RuntimeError):
                    self._emit(LogLevel.ERROR, None, f"Error saving file: {error!r}")
                await asyncio.sleep(self._save_delay)
                self._changed.set()

    async def _save(self) -> None:
        content, state = await self._content()
        model = {"format": self._file_format, "type": self._file_type, "content": content}
        await asyncio.to_thread(self.shared.saving, state, content, self._found)
        if (saved := await self._file.maybe_save_content(model)) is None:
            return  # The file is not writable.
        written = self._file.last_modified
        on_disk = await self._load()  # The contents manager may have its own way of writing it.
        touched = self._file.last_modified != written
        edited = await asyncio.to_thread(
            disk.is_edited, self._contents, model, on_disk, touched=touched
        )
        await asyncio.to_thread(self.shared.saved, state, content if edited else on_disk)
        self._replica.set_local(dirty=False, hash=saved["hash"])
        SAVES.inc()
        self._emit(LogLevel.INFO, "save", "Content saved.")
        if edited:
            await disk.settled(self._contents, self._file.path)
            await self._reconcile(await self._load())

    async def _watch_instead_of_loader(self) -> None:
        """FileLoader takes what is not newer for the same file, and then writes over it."""
        await self._file.clean()
        every = self._file._poll_interval  # noqa: SLF001
        if every:
            watching = keep_looking(every, self._look_at_file, self.shared.document)
            self._watcher = asyncio.create_task(watching)

    async def _look_at_file(self) -> None:
        if await disk.stamp(self._contents, self._document.path) == self._seen:
            return  # Nor has it moved: the database of file ids is not asked every second.
        self._document.path = self._file.path
        await self._on_outofband_change()

    async def _on_outofband_change(self) -> None:
        async with self._saving:
            if await self._is_touched():
                await self._reconcile(await self._load())

    async def _is_touched(self) -> bool:
        """Whether the file is there, whole, and another one than we have read; newer or not."""
        if await disk.stamp(self._contents, self._file.path) in (None, self._seen):
            return False
        await disk.settled(self._contents, self._file.path)
        return True

    async def _reconcile(self, on_disk: Any) -> None:
        """Bring what is on disk and what is in the room together; neither loses."""
        base = self.shared.base_of(on_disk)
        content, _ = await self._content()
        if base is None or on_disk != content:
            self._changed.set()
        if on_disk == content or (base is not None and on_disk == base.content):
            return
        if base is None or self._replica.read_only:
            await self._back_up(on_disk)
            return
        edited = self.shared.brought_forward(on_disk, base)
        merge = partial(three_way, base.state, base.content, edited, self._file_type)
        if (update := await asyncio.to_thread(merge)) is not None:
            await read_aside(update)
            self._replica.type(update)
            self._emit(LogLevel.INFO, "overwrite", "Changes of the file were merged.")

    async def _back_up(self, content: Any) -> None:
        """Keep beside it the file that the shared document is about to replace."""
        if is_blank(content):
            return
        backup = disk.beside(self._file.path, time.strftime("%Y%m%dT%H%M%S"))
        model = {"format": self._file_format, "type": self._file_type, "content": content}
        await self.shared.write_file(backup, model)
        self.log.info("file backed up: document=%s", self.shared.document)

    @property
    def _contents(self) -> Any:
        return self._file._contents_manager  # noqa: SLF001

    async def _load(self) -> Any:
        stamp = await disk.stamp(self._contents, self._file.path)
        model = await self._file.load_content(self._file_format, self._file_type)
        self._seen = stamp
        content = model["content"]
        return strip_content(content) if self._file_type == "notebook" else content

    async def _content(self) -> tuple[Any, bytes]:
        return await content_of(self._document, self._replica.snapshot)
