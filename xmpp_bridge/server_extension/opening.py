"""Opens linked files, and tries again until it can."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from xmpp_bridge.documents.shared_file import SharedFile
from xmpp_bridge.documents.ydoc_server import YDocServer
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BridgeError, ForbiddenError, NotFoundError
from xmpp_bridge.xmpp.retry import Retry
from xmpp_bridge.xmpp.tasks import ended

log = logging.getLogger(__name__)


class Opening:
    """At most one attempt at a time for each document."""

    def __init__(self, ydoc: YDocServer, chance: Callable[[], float]) -> None:
        self._ydoc = ydoc
        self._chance = chance
        self._tasks: dict[DocumentId, asyncio.Task[None]] = {}
        self._trouble: dict[DocumentId, BridgeError] = {}

    def trouble(self, document: DocumentId) -> BridgeError | None:
        """Why it could not be opened."""
        return self._trouble.get(document)

    def soon(self, shared: SharedFile) -> asyncio.Task[None]:
        """Open it; done when it is, or never will be."""
        before = self._tasks.get(shared.document)
        if before is not None and not before.done():
            return before
        task = self._tasks[shared.document] = asyncio.create_task(self._keep_opening(shared))
        return task

    async def stop(self, shared: SharedFile) -> None:
        """Do not try any more."""
        await ended(self._tasks.pop(shared.document, None))

    async def close(self) -> None:
        await ended(*self._tasks.values())

    async def _keep_opening(self, shared: SharedFile) -> None:
        """A history out of reach may come within reach; who is refused is told when that changes."""
        retry = Retry()
        while self._ydoc.path(shared.link.file_id) is not None:
            try:
                # In a task of its own, as in `linked_room`: AnyIO keeps a thread as long as that lives.
                await asyncio.create_task(self._open(shared))
            except (ForbiddenError, NotFoundError) as error:
                self._failed(shared, error)
                return
            except Exception as error:  # noqa: BLE001 - a file may be unreadable in many ways
                self._failed(shared, error)
            else:
                self._trouble.pop(shared.document, None)
                return
            retry = retry.next(self._chance())
            await asyncio.sleep(retry.delay.total_seconds())

    async def _open(self, shared: SharedFile) -> None:
        await self._ydoc.open(shared.link.room_id)

    def _failed(self, shared: SharedFile, error: Exception) -> None:
        self._trouble[shared.document] = (
            error if isinstance(error, BridgeError) else BridgeError(f"{error}")
        )
        log.warning("document not opened: document=%s reason=%s", shared.document, error)
