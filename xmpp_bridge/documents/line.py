"""What waits to be sent, without I/O: what may go, and what is too large for a stanza or hangs on something that is.

Only what hangs on a large update has to wait for it: what its author wrote afterwards, and whatever continues, or
deletes of, what is in it. A keystroke in another tab does not wait for the output of a kernel.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from pycrdt import merge_updates

from xmpp_bridge.documents.backlog import Mark
from xmpp_bridge.documents.stanza import fits_stanza, most_bytes
from xmpp_bridge.documents.update import UpdateContents, read_update

WINDOW: Final = 200
"""Merging takes more than linear time, so never thousands at once."""


class Waiting(NamedTuple):
    """One update, with the number that it has in the backlog."""

    number: int
    update: bytes


class Window(NamedTuple):
    """Updates that go together, and they as one."""

    numbers: list[int]
    update: bytes


class Line:
    """The updates of one document that were typed here and have not left."""

    def __init__(self, limit: int) -> None:
        """`limit` is how long the text of a stanza may be."""
        self._limit = limit
        self._open: deque[Waiting] = deque()
        self._shut: list[Waiting] = []  # by number: the first one is large
        self._large: set[int] = set()
        self._from: dict[int, int] = {}  # client: the first clock of theirs that is shut in

    def __len__(self) -> int:
        return len(self._open) + len(self._shut)

    @property
    def is_open(self) -> bool:
        """Whether something waits that no large update holds up."""
        return bool(self._open)

    @property
    def large(self) -> Waiting | None:
        """The large update that all others hang on, or that comes first."""
        return self._shut[0] if self._shut else None

    def put(self, number: int, update: bytes) -> None:
        """Take one more, at the end."""
        self._sort(Waiting(number, update))

    def clear(self) -> None:
        self._open.clear()
        self._shut.clear()
        self._large.clear()
        self._from.clear()

    def next_window(self) -> Window | None:
        """What goes with the next stanza, which fits; None when nothing may go. What is too large is shut in."""
        while self._open:
            first = self._open[0]
            if fits_stanza(first.update, self._limit):
                return self._merged()
            self._large.add(first.number)
            again, self._open = self._open, deque()
            for waiting in again:
                self._sort(waiting)
            self._shut.sort()
        return None

    def sent(self, window: Window) -> None:
        """A window has gone."""
        for _ in window.numbers:
            self._open.popleft()

    def sent_large(self) -> None:
        """The first large update has gone, and what hung on it may go."""
        self._reopen(self._shut[1:])

    def known(self, mark: Mark, *, all_open: bool) -> None:
        """What was put before `mark` is known without us, with `all_open` also what could have gone."""
        if all_open:
            self._open = deque(waiting for waiting in self._open if waiting.number > mark)
        self._reopen([waiting for waiting in self._shut if waiting.number > mark])

    def _reopen(self, shut: list[Waiting]) -> None:
        if len(shut) == len(self._shut):
            return
        self._shut, self._from = [], {}
        self._large.intersection_update(waiting.number for waiting in shut)
        for waiting in shut:
            self._sort(waiting)

    def _sort(self, waiting: Waiting) -> None:
        if not self._shut and waiting.number not in self._large:
            self._open.append(waiting)
            return
        contents = read_update(waiting.update)
        if waiting.number in self._large or self._hangs(contents):
            self._shut.append(waiting)
            for client, start, _ in contents.structs:
                self._from[client] = min(start, self._from.get(client, start))
        else:
            self._open.append(waiting)

    def _hangs(self, contents: UpdateContents) -> bool:
        """Whether an update continues, hangs on or deletes something that is shut in."""
        reaches = [(client, end) for client, _, end in (*contents.structs, *contents.deletes)]
        return any(
            client in self._from and end > self._from[client]
            for client, end in (*reaches, *contents.leans_on.items())
        )

    def _merged(self) -> Window:
        room = most_bytes(self._limit)
        window: list[Waiting] = []
        for waiting in self._open:
            room -= len(waiting.update) + 16  # a hole between two updates takes a few bytes
            if window and (room < 0 or len(window) == WINDOW):
                break
            window.append(waiting)
        updates = [waiting.update for waiting in window]
        return Window(
            [waiting.number for waiting in window],
            updates[0] if len(updates) == 1 else merge_updates(*updates),
        )
