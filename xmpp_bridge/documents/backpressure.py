"""What one browser has not taken yet, and when enough is enough; without I/O.

A sleeping laptop behind a proxy, or a tab in the background, stops reading and does not say so. What the others type
meanwhile must not pile up in this server's memory: a Doc has it already.
"""

from __future__ import annotations

from typing import Final

MOST_UNSENT: Final = 4 * 1024 * 1024
"""Bytes that may wait for one browser; beyond that it gets nothing until it has taken all of them."""
PATIENCE: Final = 600.0
"""Seconds without taking anything, after which a browser that is behind is closed, so that it comes back."""


class Backpressure:
    """One browser's account. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._unsent = 0
        self._known: bytes | None = None
        self._progress = 0.0

    @property
    def is_behind(self) -> bool:
        """Whether it gets nothing now, but everything together when it has taken what waits."""
        return self._known is not None

    def wrote(self, size: int) -> bool:
        """Note what was written to it; True when that was too much, and it is to be cut off."""
        self._unsent += size
        return self._unsent > MOST_UNSENT and not self.is_behind

    def cut_off(self, known: bytes, now: float) -> None:
        """What it will know when it has taken all that waits; nothing is written until then."""
        self._known = known
        self._progress = now

    def took(self, size: int, now: float) -> bytes | None:
        """Note what it has taken; once that is all, where it is to be brought up to date from."""
        self._unsent -= size
        self._progress = now
        if self._unsent > 0:
            return None
        known, self._known = self._known, None
        return known

    def gives_up_at(self) -> float | None:
        """When to close it if it takes nothing more; None while it is not behind."""
        return self._progress + PATIENCE if self.is_behind else None
