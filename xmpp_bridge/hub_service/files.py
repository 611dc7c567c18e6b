"""Files in rooms as hub users ask for them: may they, is there room, then the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.quotas import Quotas
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.uploads.folder import Incoming
from xmpp_bridge.uploads.store import UploadStore
from xmpp_bridge.uploads.upload import Upload, UploadId
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError, TooLargeError, UnavailableError

MEGABYTE = 1_000_000
DISK_REFUSES = "the service cannot keep files now: its disk refuses"


@dataclass(frozen=True)
class Limits:
    """Bytes that one file may have, and all files of a room together."""

    file: int
    room: int


class Files:
    """A file is for those who are members of its room now; for all others it does not exist."""

    def __init__(
        self, rooms: RoomStore, store: UploadStore, limits: Limits, quotas: Quotas
    ) -> None:
        self._rooms = rooms
        self._quotas = quotas
        self._store = store
        self.limits = limits

    async def receive(self, asker: Account, room: RoomId, size: int) -> Incoming:
        """Room for a file of this size."""
        await self._demand(asker, room)
        if size > self.limits.file:
            raise TooLargeError(f"a file has at most {self.limits.file // MEGABYTE:,} MB here")
        if size + await self._store.bytes_in(room) > self.limits.room:
            raise TooLargeError(
                f"this room has no space left for this file: all its files together have at most"
                f" {self.limits.room // MEGABYTE:,} MB"
            )
        await self._quotas.room_for(room, size)
        try:
            return self._store.receive()
        except OSError as error:
            raise UnavailableError(DISK_REFUSES) from error

    async def keep(
        self, incoming: Incoming, asker: Account, room: RoomId, name: str, kind: str
    ) -> Upload:
        """The file is durable when this returns."""
        await self._demand(asker, room)
        if not incoming.size:
            raise BadPayloadError("the file is empty")
        try:
            return await self._store.keep(incoming, room, asker.id, name, kind)
        except OSError as error:
            raise UnavailableError(DISK_REFUSES) from error

    async def find(self, asker: Account, room: RoomId, upload_id: UploadId) -> Upload:
        """A file which the asker may read."""
        await self._demand(asker, room)
        upload = await self._store.find(room, upload_id)
        if upload is None:
            raise NotFoundError("no such file")
        return upload

    def path_of(self, upload: Upload) -> Path:
        """Where what is in the file lies."""
        return self._store.path_of(upload.id)

    async def _demand(self, asker: Account, room: RoomId) -> None:
        if await self._rooms.role_in_room(room, asker.id) is None:
            raise NotFoundError("no such room")
