"""How far the exports have come that were begun since the service started, for those who wait for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Final

from xmpp_bridge.audit.export import Form, Piece
from xmpp_bridge.audit.filters import Filters

REMEMBERED: Final = 20
"""Of each auditor. What is older is in the record."""


class State(StrEnum):
    """What has become of an export."""

    RUNNING = "running"
    WHOLE = "whole"
    BROKEN = "broken off"


@dataclass
class Running:
    """An export of `total` entries, of which `done` have been handed over; it would go on from the entry `next`."""

    number: int
    form: Form
    filters: Filters
    total: int
    next: int
    done: int = 0
    state: State = State.RUNNING

    def take(self, piece: Piece) -> None:
        self.done += piece.entries
        self.next = piece.next


@dataclass
class Exports:
    """Of all auditors, by their names."""

    _of: dict[str, deque[Running]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def begin(self, auditor: str, form: Form, filters: Filters, total: int, first: int) -> Running:
        running = Running(next(self._numbers), form, filters, total, first)
        self._of.setdefault(auditor, deque(maxlen=REMEMBERED)).append(running)
        return running

    def of(self, auditor: str) -> Sequence[Running]:
        """The newest first."""
        return list(reversed(self._of.get(auditor, ())))
