"""Answers to other servers' syncs that no stanza can carry: each is made once, and fetched in parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from xmpp_bridge.documents.stanza import (
    STANZA_LIMIT,
    SyncAnswer,
    SyncQuery,
    fits_stanza,
    most_bytes,
)
from xmpp_bridge.documents.sync import MOST_SYNC
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError, TooLargeError

MOST_AT_ONCE: Final = 4
"""Who comes when so many are being answered asks somebody else."""
PATIENCE: Final = 60.0
"""Seconds after which an answer that nobody fetches any further is forgotten."""


@dataclass(slots=True)
class _Answer:
    state_vector: bytes
    update: bytes
    asked: float


class Answers:
    """The answers that are being fetched. Times are seconds of a monotonic clock."""

    def __init__(self, *, limit: int = STANZA_LIMIT) -> None:
        self._limit = limit
        self._answers: dict[str, _Answer] = {}

    def answer(
        self, nick: str, query: SyncQuery, now: float, make: Callable[[], tuple[bytes, bytes]]
    ) -> SyncAnswer:
        """The whole answer, or the part that is asked for; `make` yields a state vector and what the asker lacks."""
        for asker, answer in list(self._answers.items()):
            if now > answer.asked + PATIENCE:
                del self._answers[asker]
        if query.offset == 0:
            self._answers.pop(nick, None)
            state_vector, update = make()
            if fits_stanza(update, self._limit):
                return SyncAnswer(state_vector, update)
            if len(update) > MOST_SYNC:
                raise TooLargeError("the answer is larger than askers take")
            if len(self._answers) >= MOST_AT_ONCE:
                raise TooLargeError("too many are being answered")
            self._answers[nick] = _Answer(state_vector, update, now)
        return self._part(nick, query.offset, now)

    def left(self, nick: str) -> None:
        """Nobody fetches after they have left."""
        self._answers.pop(nick, None)

    def _part(self, nick: str, offset: int, now: float) -> SyncAnswer:
        answer = self._answers.get(nick)
        if answer is None:
            raise NotFoundError("that answer is not kept any more")
        total = len(answer.update)
        if offset >= total:
            raise BadPayloadError("the answer ends before that")
        answer.asked = now
        end = offset + most_bytes(self._limit)
        if end >= total:
            del self._answers[nick]
        return SyncAnswer(answer.state_vector, answer.update[offset:end], offset, total)
