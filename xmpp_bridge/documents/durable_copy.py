"""Documents in memory, as the database has them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pycrdt

from xmpp_bridge.documents.relay import Stretch
from xmpp_bridge.documents.sameness import same_history
from xmpp_bridge.documents.touched import Touched
from xmpp_bridge.documents.update import (
    EMPTY_STATE_VECTOR,
    UpdateContents,
    missing,
    read_state_vector,
    read_update,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BadPayloadError

MOST_ENTANGLED: Final = 100
"""Among so many of the newest that wait is looked for what waits for each other: whoever gives again gives all."""


class CannotIntegrateError(Exception):
    """The stored update `row_id` is nothing that Yjs can integrate."""

    def __init__(self, row_id: int) -> None:
        super().__init__(row_id)
        self.row_id = row_id


class Row(NamedTuple):
    """A stored update, and what is in it."""

    id: int
    update: bytes
    contents: UpdateContents


class DurableCopy:
    """A document through the update `through_id`; worth nothing any more once one of its methods has raised.

    Only what integrates at once goes to yrs. COMPAT(pycrdt 0.14): what it holds back itself it forgets to encode,
    and does not always look at again when the missing piece arrives.
    """

    def __init__(self, state: bytes | None = None, through_id: int = 0) -> None:
        self.through_id = through_id
        self.since_snapshot = 0
        self.size = 0
        self.owners: dict[int, int] = {}
        """Whose some of the Yjs clients are; whoever has one keeps it, so what is in here stays true."""
        self.relayed: Sequence[Stretch] = ()
        """What of it others brought than who wrote it."""
        self.touched: dict[int, list[str]] = {}
        """The cells that each watched update has changed, until somebody takes them."""
        self._cells: Touched | None = None
        self._doc: pycrdt.Doc[Any] = pycrdt.Doc()
        self._waiting: dict[int, list[Row]] = {}  # by a client whose history they lack
        self._settled = True
        self._whole: bytes | None = None  # what each newcomer gets, until something is taken in
        if state is not None:
            integrate(self._doc, state)
            self.size = len(state)
        self._reached = read_state_vector(self._doc.get_state())

    def apply(self, row_id: int, update: bytes, *, watched: bool = False) -> None:
        """Take in this update now, or later when what it depends on is here; if `watched`, note its cells."""
        if watched and self._cells is None:
            self._cells = Touched(self._doc)
        self.through_id = max(self.through_id, row_id)
        self.size += len(update)
        self._whole = None
        try:
            row = Row(row_id, update, read_update(update))
        except BadPayloadError as error:
            raise CannotIntegrateError(row_id) from error
        self._take([row])
        touched = [] if self._cells is None else self._cells.take()
        if watched and touched:
            self.touched[row_id] = touched

    def settle(self) -> None:
        """Take in what waits for nothing but each other: what two people wrote into one sentence came in two pieces."""
        if self._settled:
            return
        rows = closed(self._newest_waiting, self._reached)
        if rows:
            ids = {row.id for row in rows}
            others = [row for row in self._rows_waiting if row.id not in ids]
            self._waiting.clear()
            self._integrate(rows)
            self._take(others)
        self._settled = True

    def fitting(
        self, offered: Mapping[int, UpdateContents]
    ) -> tuple[frozenset[int], dict[int, int]]:
        """Of which clients what is offered would integrate, and how far each one's history would go then.

        What waits here counts as offered, too.
        """
        rows = [Row(-client, b"", contents) for client, contents in offered.items()]
        fitting = closed([*self._newest_waiting, *rows], self._reached)
        reach = dict(self._reached)
        advance(reach, fitting)
        return frozenset(-row.id for row in fitting if -row.id in offered), reach

    @property
    def waiting(self) -> list[int]:
        """The ids of the updates which depend on something that is not here."""
        self.settle()
        return sorted(row.id for row in self._rows_waiting)

    @property
    def hanging(self) -> frozenset[int]:
        """The same, and those which may only wait for each other."""
        return frozenset(row.id for row in self._rows_waiting)

    @property
    def waiting_updates(self) -> list[bytes]:
        """Those updates."""
        self.settle()
        return [row.update for row in self._rows_waiting]

    def state_vector(self) -> bytes:
        """How much of each client's history is integrated."""
        self.settle()
        return self._doc.get_state()

    def integrated(self, state_vector: bytes = EMPTY_STATE_VECTOR) -> bytes:
        """The document without what is waiting, or what a replica at `state_vector` lacks of it, as one Yjs update."""
        self.settle()
        return self._doc.get_update(state_vector)

    def equals(self, other: DurableCopy) -> bool:
        """Whether both are the same document, and lack the same."""
        return self.waiting == other.waiting and same_history(self.integrated(), other.integrated())

    def diff(self, state_vector: bytes = EMPTY_STATE_VECTOR) -> bytes:
        """What a replica at `state_vector` lacks; what waits here is part of it, and will wait there."""
        if state_vector == EMPTY_STATE_VECTOR:
            if self._whole is None:
                self._whole = self._diff(state_vector)
            return self._whole
        return self._diff(state_vector)

    def _diff(self, state_vector: bytes) -> bytes:
        read_state_vector(state_vector)  # yrs would take the first half of a malformed one
        known = self.integrated(state_vector)
        waiting = self.waiting_updates
        return pycrdt.merge_updates(known, *waiting) if waiting else known

    @property
    def _rows_waiting(self) -> list[Row]:
        return [row for rows in self._waiting.values() for row in rows]

    @property
    def _newest_waiting(self) -> list[Row]:
        return sorted(self._rows_waiting, key=lambda row: row.id)[-MOST_ENTANGLED:]

    def _take(self, rows: list[Row]) -> None:
        while rows:
            row = rows.pop()
            lacking = missing(row.contents, self._reached)
            if lacking:
                self._waiting.setdefault(min(lacking), []).append(row)
                self._settled = False
                continue
            self._integrate([row])
            for client in row.contents.clients:
                rows += self._waiting.pop(client, ())

    def _integrate(self, rows: Sequence[Row]) -> None:
        updates = [row.update for row in rows]
        try:
            integrate(
                self._doc, updates[0] if len(updates) == 1 else pycrdt.merge_updates(*updates)
            )
        except BadPayloadError as error:
            raise CannotIntegrateError(rows[-1].id) from error
        advance(self._reached, rows)


def closed(rows: Sequence[Row], reached: Mapping[int, int]) -> list[Row]:
    """The most of these updates that need nothing but each other and what is `reached`."""
    while True:
        ends = dict(reached)
        advance(ends, rows)
        kept = [row for row in rows if not missing(row.contents, ends)]
        if len(kept) == len(rows):
            return kept
        rows = kept


def advance(reached: dict[int, int], rows: Sequence[Row]) -> None:
    """Note how far each client's history goes without a hole, with these updates."""
    for client, start, end in sorted(each for row in rows for each in row.contents.structs):
        known = reached.get(client, 0)
        if start <= known < end:
            reached[client] = end


class CopyCache:
    """The copies used last. Taking one out and not bringing it back is how a doubtful one is forgotten."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._copies: OrderedDict[DocumentId, tuple[DurableCopy, int]] = OrderedDict()
        self._bytes = 0

    def take(self, document: DocumentId) -> DurableCopy | None:
        """The copy, which is the caller's now."""
        copy, size = self._copies.pop(document, (None, 0))
        self._bytes -= size
        return copy

    def put(self, document: DocumentId, copy: DurableCopy) -> None:
        """Keep a copy that equals the database, in place of those which were used longest ago."""
        self.take(document)
        self._copies[document] = (copy, copy.size)
        self._bytes += copy.size
        while self._bytes > self._max_bytes and len(self._copies) > 1:
            self.take(next(iter(self._copies)))


def integrate(doc: pycrdt.Doc[Any], update: bytes) -> None:
    """Apply an update, or raise `BadPayloadError`."""
    try:
        doc.apply_update(update)
    except (ValueError, RuntimeError) as error:
        raise BadPayloadError("not an update that Yjs can integrate") from error
    except BaseException as error:
        # COMPAT(pycrdt 0.14): yrs panics on some well-formed updates, and a panic is no Exception.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise BadPayloadError("not an update that Yjs can integrate") from error
