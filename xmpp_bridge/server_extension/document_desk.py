"""Looks at the linked documents while somebody has the lab open, and tells every tab how they stand."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from xmpp_bridge.documents.backlog import NOTHING_UNSAVED
from xmpp_bridge.documents.shared_file import SharedFile
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension.chat_desk import SOON, ChatDesk
from xmpp_bridge.server_extension.document_states import DocumentStates, Seen
from xmpp_bridge.server_extension.linking import Linking, LinkStatus

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 0.5
"""Seconds; so nothing is told more often than this, whatever is typed."""
FILES_EVERY: Final = 30.0
"""Seconds between looks at files, which may have been moved behind Jupyter's back."""


class DocumentDesk:
    """A look costs a few attributes for each document; where their files are is asked for seldom."""

    def __init__(
        self, files: SharedFiles, linking: Linking, chat: ChatDesk, every: float = LOOK_EVERY
    ) -> None:
        self._files = files
        self._linking = linking
        self._chat = chat
        self._every = every
        self._states = DocumentStates()
        self._opened = asyncio.Event()
        self._statuses: dict[DocumentId, LinkStatus] = {}
        self._asked_at = float("-inf")
        self._open: frozenset[DocumentId] = frozenset()

    def opened(self) -> None:
        """A tab has come, and is told everything."""
        self._opened.set()

    def files_changed(self) -> None:
        """A file was renamed, made or deleted."""
        self._asked_at = float("-inf")

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            if not self._chat.watched:
                self._states = DocumentStates()
                await self._opened.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._opened.wait()
            try:
                await self._look()
            except Exception:  # files may be out of reach in many ways, and back a moment later
                log.exception("documents not looked at")
                await asyncio.sleep(SOON)

    async def _look(self) -> None:
        self._chat.tell_state()
        await self._ask_for_files()
        others, news = self._states.look(time.monotonic(), self._seen())
        if others or self._opened.is_set():
            self._opened.clear()
            documents = [told.to_json(_moment) for told in self._states.told.values()]
            self._chat.tell({"kind": "documents", "documents": documents})
            return
        for told in news:
            self._chat.tell({"kind": "document", "document": told.to_json(_moment)})

    async def _ask_for_files(self) -> None:
        is_open = frozenset(each.document for each in self._files if each.network is not None)
        linked = {each.document for each in self._files}
        now = time.monotonic()
        known = self._statuses.keys() == linked and is_open == self._open
        if not known or now - self._asked_at > FILES_EVERY:
            self._asked_at, self._open = now, is_open
            statuses = await self._linking.statuses()
            self._statuses = {each.link.document: each for each in statuses}

    def _seen(self) -> Iterator[Seen]:
        for shared in self._files:
            status = self._statuses.get(shared.document)
            if status is not None:
                yield _seen(shared, status)


def _seen(shared: SharedFile, status: LinkStatus) -> Seen:
    """What is open says itself how it stands."""
    network = shared.network
    if network is None or status.state == "file-missing":
        return Seen(shared.link, status.path, status.state, NOTHING_UNSAVED, status.trouble)
    return Seen(shared.link, status.path, network.state, network.unsaved, network.trouble)


def _moment(at: float) -> str:
    """A moment of the monotonic clock as one of the calendar."""
    ago = timedelta(seconds=time.monotonic() - at)
    return (datetime.now(UTC) - ago).isoformat(timespec="seconds")
