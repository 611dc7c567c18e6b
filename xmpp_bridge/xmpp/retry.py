"""How long to wait before trying again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

FIRST = timedelta(milliseconds=250)
LONGEST = timedelta(seconds=30)
KNOCK = timedelta(seconds=5)
"""The longest where nobody listens: to be refused by a port costs nobody anything, and people wait."""


@dataclass(frozen=True)
class Retry:
    """One failed attempt after another."""

    attempt: int = 0
    delay: timedelta = timedelta()

    def next(self, chance: float, longest: timedelta = LONGEST) -> Retry:
        """Wait longer after every failure, by `chance` in [0, 1) of the full time.

        A thousand Jupyter servers that lost the same XMPP server must not come back as one.
        """
        ceiling = min(longest, FIRST * 2.0 ** min(self.attempt, 16))
        return Retry(self.attempt + 1, ceiling * (0.5 + chance / 2))
