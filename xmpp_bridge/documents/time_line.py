"""A document's time line: who changed which cell when, what it was then, and what would take an edit back.

SQL is waited for; what pycrdt and difflib take time for runs in a thread, on Docs that never leave it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.documents.durable_copy import CannotIntegrateError, DurableCopy
from xmpp_bridge.documents.history_rows import owners_of
from xmpp_bridge.documents.moments import Grain, Moment, moments
from xmpp_bridge.documents.reversal import reversal
from xmpp_bridge.documents.step import Step
from xmpp_bridge.documents.steps import folded_through, read_steps
from xmpp_bridge.documents.told_steps import NOTHING_TOLD, ToldSteps, ToldStepsCache, tell
from xmpp_bridge.documents.update import EMPTY_UPDATE
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import reading
from xmpp_bridge.xmpp.errors import NotFoundError, TooLargeError

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of history that is read for one answer."""
AT_ONCE: Final = 2
"""Answers that are worked out at the same time; the others wait."""
_T = TypeVar("_T")


class TimeLine:
    """Reads, and never writes. Raises TooLargeError where it would take long to tell."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._told = ToldStepsCache()

    async def moments(self, document: DocumentId, grain: Grain) -> list[Moment]:
        """All of them, the oldest first. Of what was told before, only what is new is worked out."""
        async with self._turns:
            known, fresh = await self._news(document)
            told = await asyncio.to_thread(_readable, fresh, lambda steps: tell(known, steps))
            self._told.put(document, told)
            return await asyncio.to_thread(moments, told.steps, grain)

    async def state_at(self, document: DocumentId, through_id: int) -> tuple[int, bytes]:
        """The step that holds this update, and the document after it as one Yjs update.

        What was folded together is told apart no more: then it is the document at the end of its minute.
        """
        if through_id <= 0:
            return 0, EMPTY_UPDATE
        async with self._turns:
            steps = await self._steps(document)
            last = next((step.through_id for step in steps if step.through_id >= through_id), None)
            if last is None:
                raise NotFoundError("there was no such moment")
            until = [step for step in steps if step.through_id <= last]
            return last, await asyncio.to_thread(_readable, until, _state)

    async def reversal(
        self, document: DocumentId, after_id: int, through_id: int, account_id: int | None
    ) -> bytes | None:
        """The update that takes back what this account, or anybody, did in this interval; None if nothing."""
        async with self._turns:
            steps = await self._steps(document)
            async with reading(self._engine) as connection:
                owners = await owners_of(connection, document)
            interval = range(after_id + 1, _end(steps, through_id) + 1)
            return await asyncio.to_thread(
                _readable, steps, lambda readable: reversal(readable, owners, interval, account_id)
            )

    async def _news(self, document: DocumentId) -> tuple[ToldSteps, list[Step]]:
        """What was told of the document, unless it was folded since; and what has come since."""
        async with reading(self._engine) as connection:
            folded = await folded_through(connection, document)
            known = self._told.get(document)
            if known.folded_through != folded:
                known = NOTHING_TOLD._replace(folded_through=folded)
            return known, await _read(connection, document, known.through_id)

    async def _steps(self, document: DocumentId) -> list[Step]:
        async with reading(self._engine) as connection:
            return await _read(connection, document, 0)


async def _read(connection: AsyncConnection, document: DocumentId, after: int) -> list[Step]:
    found, size = [], 0
    async for step in read_steps(connection, document, after):
        found.append(step)
        size += len(step.data)
        if size > MOST_BYTES:
            raise TooLargeError("there is too much history to look back that far")
    return found


def _end(steps: Sequence[Step], through_id: int) -> int:
    return next((step.through_id for step in steps if step.through_id >= through_id), through_id)


def _readable(steps: Sequence[Step], attempt: Callable[[Sequence[Step]], _T]) -> _T:
    """Do it, each time without one more of the steps that turn out to be unreadable."""
    left = list(steps)
    while True:
        try:
            return attempt(left)
        except CannotIntegrateError as error:
            left = [step for step in left if step.through_id != error.row_id]


def _state(steps: Sequence[Step]) -> bytes:
    copy = DurableCopy()
    for step in steps:
        copy.apply(step.through_id, step.data)
    return copy.integrated()
