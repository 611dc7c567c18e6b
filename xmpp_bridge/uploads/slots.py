"""Slots and what was put there: the row comes first, the file is known by its hash once it is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.recording import record
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.uploads.folder import LEFTOVER_AFTER, Folder, Incoming
from xmpp_bridge.uploads.slot import LIFETIME, Announcement, Slot, hash_of
from xmpp_bridge.uploads.tables import slots
from xmpp_bridge.uploads.upload import UploadId, new_upload_id
from xmpp_bridge.xmpp.errors import ConflictError


class SlotStore:
    """A slot takes one file, once."""

    def __init__(self, engine: AsyncEngine, folder: Path, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._folder = Folder(folder, now)
        self._now = now

    async def offer(self, account_id: int, file: Announcement, token: str) -> Slot:
        """A new slot, which whoever has the token may fill."""
        slot = Slot(new_upload_id(), account_id, file, hash_of(token), self._now() + LIFETIME)
        async with writing(self._engine) as connection:
            await connection.execute(
                insert(slots).values(
                    id=slot.id,
                    account_id=account_id,
                    name=file.name,
                    type=file.type,
                    size=file.size,
                    token_sha256=slot.token_sha256,
                    expires_at=slot.expires_at,
                )
            )
        return slot

    async def taken_by(self, account_id: int) -> tuple[int, int]:
        """Bytes of everything that an account has put or announced, and how much of it has not come yet."""
        mine = slots.c.account_id == account_id
        open_now = slots.c.sha256.is_(None)
        size = func.coalesce(func.sum(slots.c.size), 0)
        async with reading(self._engine) as connection:
            total = await connection.execute(select(size).where(mine))
            waiting = await connection.execute(select(func.count()).where(mine, open_now))
            return int(total.scalar_one()), int(waiting.scalar_one())

    async def find(self, slot_id: UploadId) -> Slot | None:
        async with reading(self._engine) as connection:
            query = select(slots).where(slots.c.id == slot_id)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _slot(row)

    def has_expired(self, slot: Slot) -> bool:
        """Whether it is too late to begin with this file."""
        return self._now() >= slot.expires_at

    def receive(self) -> Incoming:
        """Room for a file; raises OSError if the disk has none."""
        return self._folder.receive()

    async def keep(self, incoming: Incoming, slot: Slot) -> Slot:
        """The file is durable when this returns; raises ConflictError if another one was faster."""
        sha256 = await incoming.finish()
        async with writing(self._engine) as connection:
            empty = (slots.c.id == slot.id) & slots.c.sha256.is_(None)
            filled = await connection.execute(update(slots).where(empty).values(sha256=sha256))
            if not filled.rowcount:
                raise ConflictError("there is a file at this address already")
            await self._folder.place(incoming, slot.id)
            file = {"id": slot.id, "name": slot.file.name, "size": slot.file.size, "sha256": sha256}
            owner, words = slot.account_id, slot.file.name
            put = Event(Kind.UPLOAD, "put", account=owner, content=file, words=words)
            await record(connection, [put])
        return replace(slot, sha256=sha256)

    def path_of(self, slot: Slot) -> Path:
        """Where the file lies."""
        return self._folder.path_of(slot.id)

    async def remove_expired(self) -> int:
        """Forget slots that nobody filled in time, and files that were never acknowledged; say how many slots."""
        expired = slots.c.sha256.is_(None) & (slots.c.expires_at < self._now() - LEFTOVER_AFTER)
        async with writing(self._engine) as connection:
            gone = await connection.execute(delete(slots).where(expired))
            known = set((await connection.execute(select(slots.c.id))).scalars())
        await self._folder.remove_unknown(known)
        return int(gone.rowcount)


def _slot(row: Row[Any]) -> Slot:
    file = Announcement(row.name, row.size, row.type)
    return Slot(
        UploadId(row.id), row.account_id, file, row.token_sha256, row.expires_at, row.sha256
    )
