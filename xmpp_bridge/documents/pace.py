"""How soon one stanza may follow another, without I/O.

A person's keystrokes come in twos and threes with pauses between; each goes at once. Whoever is faster for longer (a
fast typist, a kernel) fills stanzas: a keystroke waits up to 50 ms for the next ones, and then the envelope, which is
90 % of a single keystroke, is shared.

How large a room is does not matter, but how long it takes: until it has reflected a stanza nothing follows, and then it
is left alone for as long again.
"""

from __future__ import annotations

from typing import Final

INTERVAL: Final = 0.05
"""Seconds that a keystroke waits for company at most."""
BREATH: Final = 0.15
"""Seconds that a slow room is left alone at most."""

RATE: Final = 10.0
"""Stanzas a second that go at once for as long as somebody likes."""
BURST: Final = 10.0
"""Stanzas that may be ahead of it."""


class Pace:
    """A token bucket (`RATE`, `BURST`); times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self.last = float("-inf")
        """When the last stanza was sent."""
        self._balance = BURST
        self._breathes_until = float("-inf")

    def sent(self, now: float) -> None:
        """Note a stanza."""
        self._balance = max(-BURST, self._regained(now) - 1)
        self.last = now

    def reflected(self, now: float) -> None:
        """The room has taken it."""
        self._breathes_until = now + min(BREATH, max(0.0, now - self.last))

    def next(self, since: float, now: float) -> float:
        """The moment before which nothing goes, if what waits longest has waited `since` then."""
        if self._regained(now) >= 1:
            return self._breathes_until
        return max(self._breathes_until, since + INTERVAL)

    def _regained(self, now: float) -> float:
        return min(BURST, self._balance + (now - self.last) * RATE)
