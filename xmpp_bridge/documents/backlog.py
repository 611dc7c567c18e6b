"""How much of what was typed here is not known to be durable, by size and not by content."""

from __future__ import annotations

from collections import deque
from typing import Final, NewType

Mark = NewType("Mark", int)
"""A moment between two updates: how many were put before it."""


class Backlog:
    """Counts updates from `put` to durable; hours without the service cost it no more memory than a minute."""

    _LONGEST: Final = 1000

    def __init__(self) -> None:
        self.count = 0
        self.size = 0
        self._put = 0
        self._entries: deque[tuple[int, int, int]] = deque()  # put so far, updates, bytes
        self._stanzas: deque[tuple[int, int]] = deque()  # sequence, put so far

    def put(self, size: int) -> None:
        """Count one more update."""
        self._put += 1
        self.count += 1
        self.size += size
        updates = 1
        if (
            len(self._entries) == self._LONGEST
        ):  # The last ones become durable together, a little later.
            _, more, bytes_ = self._entries.pop()
            updates, size = updates + more, size + bytes_
        self._entries.append((self._put, updates, size))

    def sent(self, sequence: int, still_waiting: int) -> None:
        """All but the last `still_waiting` updates went out with the stanzas up to `sequence`."""
        if len(self._stanzas) == self._LONGEST:
            self._stanzas.pop()
        self._stanzas.append((sequence, self._put - still_waiting))

    def mark(self) -> Mark:
        """Return this moment."""
        return Mark(self._put)

    def put_since(self, mark: Mark) -> int:
        return self._put - mark

    def settle(self, mark: Mark) -> None:
        """What was put before `mark` is durable."""
        while self._entries and self._entries[0][0] <= mark:
            _, updates, size = self._entries.popleft()
            self.count -= updates
            self.size -= size

    def settle_stanzas(self, sequence: int) -> None:
        """What went out with the stanzas up to `sequence` is durable."""
        reached = 0
        while self._stanzas and self._stanzas[0][0] <= sequence:
            _, reached = self._stanzas.popleft()
        self.settle(Mark(reached))

    def forget_stanzas(self) -> None:
        """Sequence numbers start again."""
        self._stanzas.clear()
