"""How often one person may bring relays of one document; without I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import TooOftenError

MOST: Final = 30
"""At once; an honest server makes eight in its first ten minutes (`RelayPlan`), and a person may have several."""
REFILL: Final = 20.0
"""Seconds until there is one more."""


class _Purse(NamedTuple):
    left: float
    at: float

    def by(self, now: float) -> float:
        return min(MOST, self.left + (now - self.at) / REFILL)


class RelayAllowance:
    """`clock` counts seconds, and never back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._purses: dict[tuple[DocumentId, int], _Purse] = {}

    def spend(self, document: DocumentId, account_id: int) -> None:
        """Count one relay, or raise TooOftenError."""
        now, key = self._clock(), (document, account_id)
        left = self._purses[key].by(now) if key in self._purses else MOST
        if left < 1:
            raise TooOftenError("too many relays of this document: wait a little")
        # Whose purse is full again is as good as forgotten.
        self._purses = {each: purse for each, purse in self._purses.items() if purse.by(now) < MOST}
        self._purses[key] = _Purse(left - 1, now)
