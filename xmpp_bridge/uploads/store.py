"""Files of rooms, known by a row once they are whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.recording import record
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.uploads.folder import Folder, Incoming
from xmpp_bridge.uploads.tables import uploads
from xmpp_bridge.uploads.upload import Upload, UploadId, new_upload_id


class UploadStore:
    """The row comes after the file is on the disk: a file without a row was never acknowledged."""

    def __init__(self, engine: AsyncEngine, folder: Path, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._folder = Folder(folder, now)
        self._now = now

    def receive(self) -> Incoming:
        """Room for a new file; raises OSError if the disk has none."""
        return self._folder.receive()

    async def keep(
        self, incoming: Incoming, room: RoomId, account_id: int, name: str, kind: str
    ) -> Upload:
        """The file is durable when this returns."""
        upload_id = new_upload_id()
        sha256 = await incoming.finish()
        await self._folder.place(incoming, upload_id)
        upload = Upload(upload_id, room, account_id, name, kind, incoming.size, sha256, self._now())
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
            content = {"id": upload.id, "name": name, "size": upload.size, "sha256": sha256}
            event = Event(
                Kind.UPLOAD,
                "put",
                upload.created_at,
                account=account_id,
                room=room,
                content=content,
                words=name,
            )
            await record(connection, [event])
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
        return self._folder.path_of(upload_id)

    async def remove_leftovers(self) -> int:
        """Remove what was never acknowledged, and say how many files those were."""
        async with reading(self._engine) as connection:
            known = set((await connection.execute(select(uploads.c.id))).scalars())
        return await self._folder.remove_unknown(known)
