"""When wrong passwords are no longer looked at, without I/O.

It is kept in memory: a hundred bits do not need a lock to be safe. The lock spares the processor, and tells the owner.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

FREE: Final = 5
"""So many wrong ones in a row are somebody who mistypes."""
FIRST: Final = 60.0
LONGEST: Final = 3600.0
MOST: Final = 10_000
"""So many are remembered; of more, those that were quiet the longest are forgotten."""


@dataclass(slots=True)
class _Failures:
    number: int = 0
    until: float = 0.0


class Lockout:
    """What was tried in vain, by whatever names it. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._failures: OrderedDict[Hashable, _Failures] = OrderedDict()

    def is_locked(self, key: Hashable, now: float) -> bool:
        return self.seconds_left(key, now) > 0

    def seconds_left(self, key: Hashable, now: float) -> float:
        """Until it is looked at again; 0 if it is now."""
        known = self._failures.get(key)
        return 0.0 if known is None else max(0.0, known.until - now)

    def failed(self, key: Hashable, now: float) -> bool:
        """One more was wrong; True when this locks: a minute first, then twice as long each time, up to an hour."""
        known = self._failures.setdefault(key, _Failures())
        self._failures.move_to_end(key)
        if len(self._failures) > MOST:
            self._failures.popitem(last=False)
        known.number += 1
        if known.number < FREE:
            return False
        known.until = now + min(LONGEST, FIRST * 2.0 ** (known.number - FREE))
        return True

    def succeeded(self, key: Hashable) -> None:
        """It was right: nothing is held against it."""
        self._failures.pop(key, None)
