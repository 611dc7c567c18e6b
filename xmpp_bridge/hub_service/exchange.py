"""The sync exchange with one Jupyter server: it gives what we lack, and gets what it lacks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.update import EMPTY_UPDATE, read_state_vector
from xmpp_bridge.hub_service.recorder import Recorder
from xmpp_bridge.hub_service.reporter import Reporter
from xmpp_bridge.hub_service.submission import Given
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.room import Document
from xmpp_bridge.xmpp.errors import NotReadyError


class Exchange:
    """What was given is durable before anything is answered."""

    def __init__(
        self,
        history: History,
        recorder: Recorder,
        reporter: Reporter,
        hears: Callable[[DocumentId, str, str], bool],
        asked: Callable[[Account, DocumentId | None], None],
        now: Callable[[], datetime],
    ) -> None:
        self._history = history
        self._recorder = recorder
        self._reporter = reporter
        self._hears = hears
        self._asked = asked
        self._now = now

    async def versions(
        self, asker: Account, documents: Iterable[Document], only: DocumentId | None
    ) -> dict[DocumentId, str]:
        """What each of these documents is at, which the asker may read: all of theirs, or only one."""
        self._asked(asker, only)  # First: what is committed from now on, they are told of again.
        return await self._history.versions([each.id for each in documents])

    async def sync(self, asker: Account, document: Document, message: SyncMessage) -> SyncMessage:
        """Answer a member of the document's room."""
        if not document.born and asker.id != document.creator_id:
            raise NotReadyError("the document has no history yet, and only its creator begins it")
        self._asked(asker, document.id)
        if message.update != EMPTY_UPDATE:
            await self._keep(asker, document, message)
        update = await self._history.diff(document.id, message.state_vector)
        vectors = await self._history.vectors_for(document.id, asker.id)
        covered = _covers(vectors.here, message.state_vector)
        # What a replica said while we did not hear it may be missing here for all we know.
        if covered and self._hears(document.id, message.replica, asker.localpart):
            self._reporter.synced(document.id, message.replica)
        return SyncMessage("", vectors.shown, update)

    async def _keep(self, asker: Account, document: Document, message: SyncMessage) -> None:
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._recorder.put(
            Given(document.id, asker, message.replica, message.update, self._now(), kept)
        )
        await kept


def _covers(ours: bytes, theirs: bytes) -> bool:
    known = read_state_vector(ours)
    return all(known.get(client, 0) >= clock for client, clock in read_state_vector(theirs).items())
