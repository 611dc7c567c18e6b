"""Signed checkpoints of the tree: into the database, into a file, and to a witness elsewhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.audit import checkpoint_file
from xmpp_bridge.audit.note import Checkpoint, Signer
from xmpp_bridge.audit.sequencer import Sequencer, frontier_of
from xmpp_bridge.audit.tables import checkpoints
from xmpp_bridge.audit.verify import read_checkpoints
from xmpp_bridge.storage.engine import reading, writing

log = logging.getLogger(__name__)

Witness = Callable[[Checkpoint], Awaitable[Checkpoint]]
"""Has somebody else look at a checkpoint, and returns it with their signature."""


class Checkpoints:
    """Each is in the file before anybody hears of it: what is there can never be taken back."""

    def __init__(
        self,
        engine: AsyncEngine,
        sequencer: Sequencer,
        signer: Signer,
        file: Path,
        now: Callable[[], datetime],
        witness: Witness | None = None,
    ) -> None:
        self._engine = engine
        self._sequencer = sequencer
        self._signer = signer
        self._file = file
        self._now = now
        self._witness = witness
        self._one = asyncio.Lock()

    @property
    def verifier(self) -> str:
        """The public key, as `verify` reads it."""
        return self._signer.verifier

    async def latest(self) -> Checkpoint | None:
        """The newest that there is."""
        query = select(checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1)
        async with reading(self._engine) as connection:
            note = (await connection.execute(query)).scalar_one_or_none()
        return None if note is None else _read(note)

    async def all(self) -> str:
        """Every one, oldest first, as a file of them."""
        query = select(checkpoints.c.note).order_by(checkpoints.c.size)
        async with reading(self._engine) as connection:
            return "\n".join((await connection.execute(query)).scalars())

    async def sign(self) -> Checkpoint:
        """One of all that has happened until now; the newest there is if nothing has since."""
        await self._sequencer.sequence_all()
        async with self._one:
            async with reading(self._engine) as connection:
                frontier = await frontier_of(connection)
            newest = await self.latest()
            if newest is not None and newest.size == frontier.size:
                return newest
            signed = self._signer.sign(frontier.size, frontier.root())
            await asyncio.to_thread(checkpoint_file.append, self._file, signed.note)
            if self._witness is not None:
                signed = await self._witness(signed)
            await self._keep(signed)
            return signed

    async def behind(self) -> int:
        """How many entries the file says there were that the database does not have: it was restored."""
        once = await asyncio.to_thread(checkpoint_file.largest, self._file)
        async with reading(self._engine) as connection:
            size = (await frontier_of(connection)).size
        return max(0, once - size)

    async def _keep(self, signed: Checkpoint) -> None:
        async with writing(self._engine) as connection:
            known = select(func.count()).where(checkpoints.c.size == signed.size)
            if not (await connection.execute(known)).scalar_one():
                values = {"size": signed.size, "signed_at": self._now(), "note": signed.note}
                await connection.execute(insert(checkpoints).values(values))


def _read(note: str) -> Checkpoint:
    (read,) = read_checkpoints(note)
    return Checkpoint(read.size, read.root, note)
