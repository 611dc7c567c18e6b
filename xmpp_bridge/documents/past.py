"""What a document was at a moment, and who has changed it since."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.documents.durable_copy import CannotIntegrateError, DurableCopy
from xmpp_bridge.documents.history_rows import updates_after, windows_after
from xmpp_bridge.documents.tables import updates, windows
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import reading
from xmpp_bridge.xmpp.errors import TooLargeError

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of updates that are read for one answer."""


class Past:
    """Reads, and never writes. What was folded together (documents/folding.py) is told apart no more."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def state_at(self, document: DocumentId, moment: datetime) -> bytes:
        """The document as one Yjs update, without what came after `moment` and what cannot be read.

        Raises TooLargeError where it would take long to tell.
        """
        unreadable: set[int] = set()
        while True:
            try:
                return (await self._read(document, moment, unreadable)).integrated()
            except CannotIntegrateError as error:
                unreadable.add(error.row_id)

    async def _read(
        self, document: DocumentId, moment: datetime, unreadable: Collection[int]
    ) -> DurableCopy:
        copy = DurableCopy()
        async with reading(self._engine) as connection:
            last = await connection.execute(
                select(func.max(windows.c.through_id)).where(
                    windows.c.document_id == document, windows.c.ended_at <= moment
                )
            )
            through = last.scalar_one() or 0
            async for window in windows_after(connection, document, 0):
                if window.through_id > through:
                    break
                _apply(copy, window.through_id, window.data, unreadable)
            async for update in updates_after(connection, document, through):
                if update.received_at > moment:
                    break
                _apply(copy, update.id, update.data, unreadable)
        copy.settle()
        return copy

    async def authors_since(self, document: DocumentId, moment: datetime) -> frozenset[int]:
        """The accounts of those who have written since."""
        written = (
            select(updates.c.account_id)
            .where(updates.c.document_id == document, updates.c.received_at > moment)
            .distinct()
        )
        folded = select(windows.c.authors).where(
            windows.c.document_id == document, windows.c.ended_at > moment
        )
        async with reading(self._engine) as connection:
            authors = set((await connection.execute(written)).scalars())
            for several in (await connection.execute(folded)).scalars():
                authors.update(several)
        return frozenset(authors)

    async def changed_since(
        self, documents: Collection[DocumentId], moment: datetime
    ) -> list[DocumentId]:
        """Those that somebody has written to since; the newest update of each is never folded."""
        query = (
            select(updates.c.document_id)
            .where(updates.c.document_id.in_(documents), updates.c.received_at > moment)
            .distinct()
        )
        async with reading(self._engine) as connection:
            changed = set((await connection.execute(query)).scalars())
        return [document for document in documents if document in changed]


def _apply(copy: DurableCopy, row_id: int, data: bytes, unreadable: Collection[int]) -> None:
    if row_id not in unreadable:
        copy.apply(row_id, data)
    if copy.size > MOST_BYTES:
        raise TooLargeError("there is too much history to look back that far")
