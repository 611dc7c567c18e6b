"""How soon one stanza may follow another, without I/O.

A person's keystrokes come in twos and threes with pauses between; each goes at once. Whoever is faster for longer (a
fast typist, a paste, a kernel) fills stanzas that go 50 ms apart: then the envelope, which is 90 % of a single
keystroke, is shared.
"""

from __future__ import annotations

from typing import Final

INTERVAL: Final = 0.05
CROWD: Final = 100
"""Above so many occupants each stanza costs the XMPP server enough to wait for more keystrokes."""
CROWD_INTERVAL: Final = 0.15

RATE: Final = 12.0
"""Stanzas a second that go at once for as long as somebody likes."""
BURST: Final = 6.0
"""Stanzas that may be ahead of it."""


class Pace:
    """A token bucket (`RATE`, `BURST`); times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._balance = BURST
        self._last = float("-inf")

    def sent(self, now: float, occupants: int) -> float:
        """Note a stanza, and return the moment before which the next one may not go."""
        regained = min(BURST, self._balance + (now - self._last) * RATE)
        self._balance = max(-BURST, regained - 1)
        self._last = now
        if occupants > CROWD:
            return now + CROWD_INTERVAL
        return now if self._balance >= 0 else now + INTERVAL
