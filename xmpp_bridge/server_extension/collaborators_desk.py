"""Keeps JupyterLab's list of collaborators up to date with people of other servers, while somebody has the lab open."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from xmpp_bridge.documents.collaborators import Collaborators
from xmpp_bridge.documents.room import DocumentRoom
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.documents.ydoc_server import YDocServer
from xmpp_bridge.server_extension.chat_desk import ChatDesk

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 1.0
"""Seconds, while somebody has the lab open."""
ASK_EVERY: Final = 10.0
"""Seconds until it is noticed that somebody has."""


class CollaboratorsDesk:
    """A look costs a few attributes for each open document."""

    def __init__(self, files: SharedFiles, ydoc: YDocServer, chat: ChatDesk) -> None:
        self._files = files
        self._ydoc = ydoc
        self._chat = chat
        self._collaborators = Collaborators()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY if self._chat.watched else ASK_EVERY)
            if not self._chat.watched:
                continue
            try:
                update = self._collaborators.update(
                    self._open_here(), time.monotonic(), time.time_ns() // 1_000_000
                )
                if update is not None:
                    await self._ydoc.tell_collaborators(update)
            except Exception:  # a list of people is no reason to be without the rest
                log.exception("collaborators not told")

    def _open_here(self) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
        for shared in self._files:
            network = shared.network
            people = list(network.cursors.people) if isinstance(network, DocumentRoom) else []
            path = self._ydoc.path(shared.link.file_id) if people else None
            if path is not None:
                yield path, people
