"""Files kept in a folder, each under its id, and known by a row once they are whole."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.uploads.tables import uploads
from xmpp_bridge.uploads.upload import Upload, UploadId, new_upload_id

LEFTOVER_AFTER: Final = timedelta(days=1)


class Incoming:
    """A file on its way in; nobody sees it before it is kept."""

    def __init__(self, folder: Path) -> None:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".incoming.")
        self._file = os.fdopen(descriptor, "wb")
        self._hash = hashlib.sha256()
        self.path = Path(name)
        self.size = 0

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    def finish(self) -> str:
        """Have all of it on the disk, and return its SHA-256 in hex."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Forget it, unless it has been kept."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class UploadStore:
    """The row comes after the file is on the disk: a file without a row was never acknowledged."""

    def __init__(self, engine: AsyncEngine, folder: Path, now: Callable[[], datetime]) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._engine = engine
        self._folder = folder
        self._now = now

    def receive(self) -> Incoming:
        """Room for a new file; raises OSError if the disk has none."""
        return Incoming(self._folder)

    async def keep(
        self, incoming: Incoming, room: RoomId, account_id: int, name: str, kind: str
    ) -> Upload:
        """The file is durable when this returns."""
        sha256 = await asyncio.to_thread(incoming.finish)
        upload = Upload(
            new_upload_id(), room, account_id, name, kind, incoming.size, sha256, self._now()
        )
        await asyncio.to_thread(self._place, incoming.path, upload.id)
        async with writing(self._engine) as connection:
            await connection.execute(
                insert(uploads).values(
                    id=upload.id,
                    room_id=room,
                    account_id=account_id,
                    name=name,
                    type=kind,
                    size=upload.size,
                    sha256=sha256,
                    created_at=upload.created_at,
                )
            )
        return upload

    async def find(self, room: RoomId, upload_id: UploadId) -> Upload | None:
        """A file of this room."""
        this = (uploads.c.id == upload_id) & (uploads.c.room_id == room)
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(uploads).where(this))).one_or_none()
        if row is None:
            return None
        return Upload(
            UploadId(row.id),
            RoomId(row.room_id),
            row.account_id,
            row.name,
            row.type,
            row.size,
            row.sha256,
            row.created_at,
        )

    async def bytes_in(self, room: RoomId) -> int:
        """What all files of a room take together."""
        query = select(func.coalesce(func.sum(uploads.c.size), 0)).where(uploads.c.room_id == room)
        async with reading(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())

    def path_of(self, upload_id: UploadId) -> Path:
        """Where the file lies."""
        return self._folder / upload_id[:2] / upload_id

    async def remove_leftovers(self) -> int:
        """Remove what was never acknowledged, and say how many files those were."""
        async with reading(self._engine) as connection:
            known = set((await connection.execute(select(uploads.c.id))).scalars())
        return await asyncio.to_thread(self._remove_unknown, known)

    def _place(self, path: Path, upload_id: UploadId) -> None:
        target = self.path_of(upload_id)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        path.replace(target)
        for folder in (target.parent, self._folder):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _remove_unknown(self, known: set[str]) -> int:
        old = (self._now() - LEFTOVER_AFTER).timestamp()
        leftovers = [
            path
            for path in self._folder.rglob("*")
            if path.is_file() and path.name not in known and path.stat().st_mtime < old
        ]
        for path in leftovers:
            path.unlink(missing_ok=True)
        return len(leftovers)
