"""Older updates as windows: what was written within some seconds as one update; without I/O.

A keystroke is 17 bytes of Yjs in a row of 150. A window has the structs of its time as they were at its end, neighbours
joined; of what was both written and deleted within it, only that it was there. Whoever applies all windows in their
order has the document that all updates make.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from xmpp_bridge.documents.durable_copy import DurableCopy, Row
from xmpp_bridge.documents.part import Part, parts_of
from xmpp_bridge.documents.sameness import same_history
from xmpp_bridge.documents.update import EMPTY_UPDATE, with_deletes
from xmpp_bridge.xmpp.errors import BadPayloadError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Logged(NamedTuple):
    """An update as the log has it."""

    id: int
    account_id: int
    received_at: datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class Window:
    """What stands for updates up to `through_id`."""

    through_id: int
    began_at: datetime
    ended_at: datetime
    authors: tuple[int, ...]
    data: bytes
    parts: tuple[Part, ...] = ()


class Folded(NamedTuple):
    """New windows, in their order, and the updates that are not needed any more."""

    windows: list[Window]
    gone: list[int]


NOTHING_FOLDED: Final = Folded([], [])


class Folder:
    """Takes all there is of one document: older windows, then updates in the order of their ids."""

    def __init__(self, width: timedelta, unreadable: Collection[int]) -> None:
        self._width = width
        self._unreadable = unreadable
        self._copy = _Recording()
        self._before: bytes | None = None
        self._group: list[Logged] = []
        self._number = 0
        self._vector = b""
        self._windows: list[Window] = []
        self._accounts: dict[int, int] = {}

    def replay(self, through_id: int, data: bytes) -> None:
        """Take in a window that there is."""
        self._copy.apply(through_id, data)
        self._copy.integrated_now.clear()

    def add(self, logged: Logged) -> None:
        """Take in the next update; what came in another window before is folded."""
        if self._before is None:
            self._before = self._copy.integrated()
            self._begin()
        number = (logged.received_at - _EPOCH) // self._width
        if self._group and number != self._number:
            self._close()
        self._number = number
        self._group.append(logged)

    def finish(self) -> Folded:
        """What to keep and what to forget; the window that is not over yet is left as it is.

        Raises `BadPayloadError` when the windows would make another document: then nothing may be forgotten.
        """
        waiting = {*self._copy.waiting, *self._unreadable}
        self._prove()
        return Folded(self._windows, [each for each in self._accounts if each not in waiting])

    def proceed(self) -> DurableCopy:
        """The document from nothing but what was given here, with the window that is not over yet."""
        for logged in self._group:
            self._apply(logged)
        return self._copy

    def _begin(self) -> None:
        self._vector = self._copy.state_vector()
        self._copy.integrated_now.clear()

    def _close(self) -> None:
        for logged in self._group:
            self._apply(logged)
        self._accounts |= {logged.id: logged.account_id for logged in self._group}
        waiting = {*self._copy.waiting, *self._unreadable}
        kept = [logged for logged in self._group if logged.id not in waiting]
        if not kept:  # Nothing of it has a place yet.
            self._group = []
            return
        placed = self._copy.integrated_now
        deletes = [each for row in placed for each in row.contents.deletes]
        data = with_deletes(self._copy.integrated(self._vector), deletes)
        if data != EMPTY_UPDATE:
            parts = parts_of(placed, self._accounts, self._copy.touched)
            authors = tuple(part.account_id for part in parts)
            times = [logged.received_at for logged in kept]
            window = Window(kept[-1].id, min(times), max(times), authors, data, parts)
            self._windows.append(window)
        self._copy.touched.clear()
        self._group = []
        self._begin()

    def _apply(self, logged: Logged) -> None:
        if logged.id not in self._unreadable:
            self._copy.apply(logged.id, logged.data, watched=True)

    def _prove(self) -> None:
        """All of this would be for nothing if one letter were lost."""
        again = DurableCopy(self._before)
        for window in self._windows:
            again.apply(window.through_id, window.data)
        if again.waiting or not same_history(again.integrated(), self._copy.integrated()):
            raise BadPayloadError("the windows are not what the updates were")


class _Recording(DurableCopy):
    """Notes what has found its place, whenever it came."""

    def __init__(self) -> None:
        super().__init__()
        self.integrated_now: list[Row] = []

    def _integrate(self, rows: Sequence[Row]) -> None:
        super()._integrate(rows)
        self.integrated_now += rows
