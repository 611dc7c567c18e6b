"""Documents in memory, as the database has them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import pycrdt

from xmpp_bridge.documents.sameness import same_history
from xmpp_bridge.documents.update import (
    EMPTY_STATE_VECTOR,
    UpdateContents,
    missing,
    read_state_vector,
    read_update,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BadPayloadError


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
        self._doc: pycrdt.Doc[Any] = pycrdt.Doc()
        self._waiting: dict[int, list[Row]] = {}  # by a client whose history they lack
        if state is not None:
            _apply(self._doc, state)
            self.size = len(state)
        self._reached = read_state_vector(self._doc.get_state())

    def apply(self, row_id: int, update: bytes) -> None:
        """Take in this update now, or later when what it depends on is here."""
        self.through_id = max(self.through_id, row_id)
        self.size += len(update)
        try:
            rows = [Row(row_id, update, read_update(update))]
        except BadPayloadError as error:
            raise CannotIntegrateError(row_id) from error
        while rows:
            row = rows.pop()
            lacking = missing(row.contents, self._reached)
            if lacking:
                self._waiting.setdefault(min(lacking), []).append(row)
                continue
            self._integrate(row)
            for client in row.contents.clients:
                rows += self._waiting.pop(client, ())

    @property
    def waiting(self) -> list[int]:
        """The ids of the updates which depend on something that is not here."""
        return sorted(row.id for rows in self._waiting.values() for row in rows)

    def state_vector(self) -> bytes:
        """How much of each client's history is integrated."""
        return self._doc.get_state()

    def integrated(self, state_vector: bytes = EMPTY_STATE_VECTOR) -> bytes:
        """The document without what is waiting, or what a replica at `state_vector` lacks of it, as one Yjs update."""
        return self._doc.get_update(state_vector)

    def equals(self, other: DurableCopy) -> bool:
        """Whether both are the same document, and lack the same."""
        return self.waiting == other.waiting and same_history(self.integrated(), other.integrated())

    def diff(self, state_vector: bytes = EMPTY_STATE_VECTOR) -> bytes:
        """What a replica at `state_vector` lacks; what waits here is part of it, and will wait there."""
        read_state_vector(state_vector)  # yrs would take the first half of a malformed one
        known = self._doc.get_update(state_vector)
        waiting = [row.update for rows in self._waiting.values() for row in rows]
        return pycrdt.merge_updates(known, *waiting) if waiting else known

    def _integrate(self, row: Row) -> None:
        try:
            _apply(self._doc, row.update)
        except BadPayloadError as error:
            raise CannotIntegrateError(row.id) from error
        for client, _, end in row.contents.structs:
            self._reached[client] = max(self._reached.get(client, 0), end)


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


def _apply(doc: pycrdt.Doc[Any], update: bytes) -> None:
    try:
        doc.apply_update(update)
    except (ValueError, RuntimeError) as error:
        raise BadPayloadError("not an update that Yjs can integrate") from error
    except BaseException as error:
        # COMPAT(pycrdt 0.14): yrs panics on some well-formed updates, and a panic is no Exception.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise BadPayloadError("not an update that Yjs can integrate") from error
