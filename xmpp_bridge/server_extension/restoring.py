"""Makes a linked document what it was, as an edit of its owner's: signed, refused and undone like any other."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection
from typing import Final, NamedTuple
from uuid import uuid4

from xmpp_bridge.documents.linked_room import LinkedRoom
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.restoration import content_of, restoration
from xmpp_bridge.documents.shared_file import SharedFile
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.documents.update import EMPTY_UPDATE, read_update
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.server_extension.opening import Opening
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError, NotReadyError

PATIENCE: Final = 15.0
"""Seconds that a document which sleeps gets to wake."""
KEPT: Final = 10
"""So many of the last restorations can be undone; older ones by the time line, like everything."""


class _Done(NamedTuple):
    """What the document was before and after one restoration."""

    document: DocumentId
    before: bytes
    after: bytes


class Restoring:
    """What comes of it is typed into the document here; nobody's history is changed."""

    def __init__(self, files: SharedFiles, opening: Opening, service: HubService) -> None:
        self._files = files
        self._opening = opening
        self._service = service
        self._done: OrderedDict[str, _Done] = OrderedDict()

    async def restore(
        self, document: DocumentId, moment: int, cells: Collection[str] | None
    ) -> str | None:
        """Make it, or these cells, what it was then; returns what `undo` takes, or None if it is so already."""
        shared, replica = await self._awake(document)
        was = await self._service.content_at(document, moment)
        state, kind = replica.snapshot(), shared.link.type
        update = await asyncio.to_thread(restoration, state, was, kind, cells)
        return await self._type(shared, update)

    async def roll_back(
        self, document: DocumentId, after: int, through: int, hub_user: str | None
    ) -> str | None:
        """Take back what somebody, or everybody, did in an interval; what others did stays. Returns as above."""
        shared, replica = await self._awake(document)
        update = await self._service.reversal(document, after, through, hub_user)
        if update == EMPTY_UPDATE:
            return None
        contents = read_update(update)
        if replica.lacks(contents) and shared.network is not None:
            await shared.network.catch_up()
        if replica.lacks(contents):  # Yjs would keep it, unseen.
            raise NotReadyError("others' edits have not arrived here yet; try again in a moment")
        return await self._type(shared, update)

    async def undo(self, document: DocumentId, number: str) -> str | None:
        """Take back a restoration, by one more edit; what was typed since stays. Returns as above."""
        done = self._done.get(number)
        if done is None or done.document != document:
            raise NotFoundError("this cannot be undone any more; the time line has it")
        shared, _ = await self._awake(document)
        update = await asyncio.to_thread(_undoing, done, shared.link.type)
        undone = await self._type(shared, update)
        self._done.pop(number, None)
        return undone

    async def _type(self, shared: SharedFile, update: bytes | None) -> str | None:
        """Nothing is awaited between looking and writing."""
        if update is None:
            return None
        replica = _ready(shared)
        if replica is None:
            raise NotReadyError("the document has just been closed; try again")
        before = replica.snapshot()
        replica.type(update)
        number = uuid4().hex
        self._done[number] = _Done(shared.document, before, replica.snapshot())
        while len(self._done) > KEPT:
            self._done.popitem(last=False)
        return number

    async def _awake(self, document: DocumentId) -> tuple[SharedFile, Replica]:
        shared = self._files.of(document)
        if shared is None:
            raise NotFoundError("no file of this server is linked to that document")
        if not shared.link.role.may_write:
            raise ForbiddenError("you may look at this document, and not change it")
        shared.used()
        if _ready(shared) is None:
            await asyncio.wait([self._opening.soon(shared)], timeout=PATIENCE)
        replica = _ready(shared)
        if replica is None:
            trouble = self._opening.trouble(document)
            raise trouble or NotReadyError("the document does not open; try again later")
        shared.enter()
        return shared, replica


def _ready(shared: SharedFile) -> Replica | None:
    room = shared.room
    return shared.replica if isinstance(room, LinkedRoom) and room.ready else None


def _undoing(done: _Done, file_type: str) -> bytes | None:
    return restoration(done.after, content_of(done.before, file_type), file_type)
