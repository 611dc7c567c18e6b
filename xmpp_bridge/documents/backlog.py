"""How much of what was typed here is not known to be durable, by size and not by content."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, NewType

Mark = NewType("Mark", int)
"""A moment between two updates: how many were put before it."""


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What was typed here and is not known to be durable."""

    put: int
    """How many updates were typed at all."""
    edits: int
    """How many of them are not known to be durable."""
    size: int
    """Their bytes."""

    @property
    def durable(self) -> int:
        """How many updates are known to be durable."""
        return self.put - self.edits


NOTHING_UNSAVED: Final = Unsaved(0, 0, 0)


class _Lump(NamedTuple):
    """Updates that become durable together."""

    sequence: int
    """With the receipt for this stanza; 0 when no stanza carries them and only a sync can tell."""
    last: int
    """Or with a sync from after the update of this number."""
    updates: int = 0
    size: int = 0

    def with_(self, other: _Lump) -> _Lump:
        return _Lump(
            max(self.sequence, other.sequence),
            max(self.last, other.last),
            self.updates + other.updates,
            self.size + other.size,
        )


class Backlog:
    """Counts updates from `put` to durable, in whatever order they leave.

    Hours without the service cost it no more memory than a minute.
    """

    _LONGEST: Final = 1000

    def __init__(self) -> None:
        self.count = 0
        self.size = 0
        self._put = 0
        self._here: OrderedDict[int, int] = OrderedDict()  # bytes by number
        self._sent: deque[_Lump] = deque()  # in the order of their stanzas
        self._adrift = _Lump(0, 0)

    def put(self, size: int) -> int:
        """Count one more update, and return its number."""
        self._put += 1
        self._here[self._put] = size
        self.count += 1
        self.size += size
        return self._put

    def sent(self, sequence: int, numbers: Iterable[int]) -> None:
        """These updates went out with a stanza."""
        lump = _Lump(sequence, 0)
        for number in numbers:
            if number in self._here:  # else a sync was faster
                lump = lump.with_(_Lump(0, number, 1, self._here.pop(number)))
        if not lump.updates:
            return
        if len(self._sent) == self._LONGEST:  # The last become durable together, a little later.
            lump = lump.with_(self._sent.pop())
        self._sent.append(lump)

    def drift(self) -> None:
        """No receipt will come for what was put so far: only a sync can tell."""
        for lump in self._sent:
            self._adrift = self._adrift.with_(lump)
        for number, size in self._here.items():
            self._adrift = self._adrift.with_(_Lump(0, number, 1, size))
        self._sent.clear()
        self._here.clear()

    def mark(self) -> Mark:
        """Return this moment."""
        return Mark(self._put)

    def unsaved(self) -> Unsaved:
        return Unsaved(self._put, self.count, self.size)

    def put_since(self, mark: Mark) -> int:
        return self._put - mark

    def settle(self, mark: Mark) -> None:
        """What was put before `mark` is durable."""
        while self._here and next(iter(self._here)) <= mark:
            _, size = self._here.popitem(last=False)
            self._durable(_Lump(0, 0, 1, size))
        for lump in [lump for lump in self._sent if lump.last <= mark]:
            self._sent.remove(lump)
            self._durable(lump)
        if self._adrift.last <= mark:
            self._durable(self._adrift)
            self._adrift = _Lump(0, 0)

    def settle_stanzas(self, sequence: int) -> None:
        """What went out with the stanzas up to `sequence` is durable."""
        while self._sent and self._sent[0].sequence <= sequence:
            self._durable(self._sent.popleft())

    def _durable(self, lump: _Lump) -> None:
        self.count -= lump.updates
        self.size -= lump.size
