"""How much each of many may ask, without I/O: so many at once, and so many a second."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

MOST: Final = 10_000
"""So many are remembered; of more, those that were quiet the longest start anew."""


class Allowance:
    """A bucket of tokens for everybody. Times are seconds of a monotonic clock."""

    def __init__(self, at_once: int, every: float) -> None:
        """`at_once` without waiting, then one `every` so many seconds."""
        self._at_once = at_once
        self._every = every
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def take(self, key: Hashable, now: float) -> bool:
        """Whether this one may ask once more; if so, it counts."""
        full_at = max(now, self._full_at.get(key, now))
        if full_at - now > (self._at_once - 1) * self._every:
            return False
        self._full_at[key] = full_at + self._every
        self._full_at.move_to_end(key)
        if len(self._full_at) > MOST:
            self._full_at.popitem(last=False)
        return True
