"""The one writer of the durable copy: whatever waits is checked, and kept in one transaction."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Sequence

from xmpp_bridge.documents.access import Reason
from xmpp_bridge.documents.entry import (
    REFUSALS,
    ContradictionError,
    ForeignClientError,
    RemovedDocumentError,
)
from xmpp_bridge.documents.history import History
from xmpp_bridge.hub_service.away import DATABASE_AWAY, refusal
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.submission import Obstacle, Outcome, RefusedUpdateError, Submission
from xmpp_bridge.hub_service.writers import Admitted, Writers
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import BridgeError, UnavailableError
from xmpp_bridge.xmpp.retry import Retry

log = logging.getLogger(__name__)

MOST_WAITING_BYTES = 256 * 1024 * 1024
MOST_AT_ONCE = 500
GATHER = 0.025
"""Seconds in which a group gathers. The receivers of a keystroke run meanwhile: nobody waits for what is durable."""


class Recorder:
    """Keeps updates in the order in which they came; `report` hears what became of each, in that order."""

    def __init__(
        self,
        history: History,
        rooms: RoomStore,
        writers: Writers,
        metrics: Metrics,
        report: Callable[[Sequence[Outcome]], None],
        chance: Callable[[], float] = random.random,
        gather: float = GATHER,
    ) -> None:
        self._gather = gather
        self._history = history
        self._rooms = rooms
        self._writers = writers
        self._metrics = metrics
        self._report = report
        self._chance = chance
        self._waiting: deque[Submission] = deque()
        self._waiting_bytes = 0
        self._work = asyncio.Event()

    def put(self, submission: Submission) -> None:
        """Have an update kept; it fails at once when too much waits already."""
        if self._waiting_bytes + len(submission.update) > MOST_WAITING_BYTES:
            self._report([Outcome(submission, UnavailableError("too many updates wait"))])
            return
        self._waiting.append(submission)
        self._waiting_bytes += len(submission.update)
        self._work.set()

    async def run(self) -> None:
        """Keep what comes, until cancelled; what fails is told, never tried again: `sync` brings it."""
        retry = Retry()
        while True:
            await self._work.wait()
            await asyncio.sleep(self._gather)
            group = self._next_group()
            try:
                self._report(await self._keep(group))
                retry = Retry()
            except DATABASE_AWAY as error:
                away = refusal(error)
                retry = retry.next(self._chance())
                seconds = retry.delay.total_seconds()
                log.warning("updates not kept: reason=%s retry_in=%.2fs", away, seconds)
                self._report([Outcome(submission, away) for submission in group])
                await asyncio.sleep(seconds)

    def _next_group(self) -> list[Submission]:
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
        self._waiting_bytes -= sum(len(submission.update) for submission in group)
        if not self._waiting:
            self._work.clear()
        return group

    async def _keep(self, group: Sequence[Submission]) -> list[Outcome]:
        judged = await self._writers.admit(group)
        kept = await self._append([each for each in judged if isinstance(each, Admitted)])
        return [kept[id(each)] if isinstance(each, Admitted) else each for each in judged]

    async def _append(self, admitted: list[Admitted]) -> dict[int, Outcome]:
        """Keep all that the database takes, and return what became of each by its `id`."""
        became: dict[int, Outcome] = {}
        while admitted:
            try:
                with self._metrics.commit_seconds.time():
                    kept = await self._history.keep([each.entry for each in admitted])
            except REFUSALS as error:
                culprit = next(each for each in admitted if each.entry is error.entry)
                became[id(culprit)] = Outcome(culprit.submission, _refusal(error))
                admitted = [each for each in admitted if each is not culprit]
            else:
                became |= {
                    id(each): Outcome(each.submission, hangs=row_id in kept.hanging)
                    for each, row_id in zip(admitted, kept.ids, strict=True)
                }
                break
        self._metrics.commit_size.observe(len(admitted))
        for document in {each.entry.document for each in admitted if each.begins}:
            await self._rooms.born(document)
        return became


def _refusal(error: BridgeError) -> RefusedUpdateError:
    match error:
        case ForeignClientError():
            return RefusedUpdateError(error.condition, Reason.FOREIGN_CLIENT_ID)
        case ContradictionError():
            return RefusedUpdateError(error.condition, Reason.CONTRADICTS_RELAY)
        case RemovedDocumentError():
            return RefusedUpdateError(error.condition, Obstacle.NO_DOCUMENT)
        case _:
            return RefusedUpdateError(error.condition, Reason.BAD_PAYLOAD)
