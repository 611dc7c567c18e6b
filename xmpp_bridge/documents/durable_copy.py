"""Documents in memory, as the database has them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pycrdt

from xmpp_bridge.documents.update import (
    EMPTY_STATE_VECTOR,
    UpdateContents,
    read_state_vector,
    read_update,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BadPayloadError


class DurableCopy:
    """A document through the update `through_id`; worth nothing any more once `apply` has raised."""

    def __init__(self) -> None:
        self._doc: pycrdt.Doc[Any] = pycrdt.Doc()
        # Yjs keeps what lacks its dependencies out of sight, and out of every update it encodes.
        self._waiting: list[bytes] = []
        self.owners: dict[int, int] = {}
        """Whose some of the Yjs clients are; whoever has one keeps it, so what is in here stays true."""
        self.through_id = 0
        self.since_snapshot = 0
        self.size = 0

    def apply(self, update: bytes) -> None:
        """Take in this update, whether or not what it depends on is here, or raise `BadPayloadError`."""
        _apply(self._doc, update)
        self._waiting.append(update)
        self.size += len(update)

    def settle(self) -> None:
        """Let go of the updates which are part of the document now; due after each run of `apply`."""
        vector = self._doc.get_state()
        # yrs cuts off what is known in a microsecond; what is left of an integrated update are deletions.
        rests = [(update, _read_rest(update, vector)) for update in self._waiting]
        any_deletes = any(rest is not None and rest.deletes for _, rest in rests)
        reached = read_state_vector(vector) if any_deletes else {}
        self._waiting = [update for update, rest in rests if not _is_integrated(rest, reached)]

    def state_vector(self) -> bytes:
        """How much of each client's history is here, without what waits for something else."""
        return self._doc.get_state()

    def diff(self, state_vector: bytes = EMPTY_STATE_VECTOR) -> bytes:
        """What a replica at `state_vector` lacks; what waits here is part of it, and will wait there."""
        read_state_vector(state_vector)  # yrs would take the first half of a malformed one
        known = self._doc.get_update(state_vector)
        return pycrdt.merge_updates(known, *self._waiting) if self._waiting else known


class CopyCache:
    """The copies used last. Taking one out and not bringing it back is how a doubtful one is forgotten."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._copies: OrderedDict[DocumentId, DurableCopy] = OrderedDict()
        self._bytes = 0

    def take(self, document: DocumentId) -> DurableCopy | None:
        """The copy, which is the caller's now."""
        copy = self._copies.pop(document, None)
        if copy is not None:
            self._bytes -= copy.size
        return copy

    def put(self, document: DocumentId, copy: DurableCopy) -> None:
        """Keep a copy that equals the database, in place of those which were used longest ago."""
        self.take(document)
        self._copies[document] = copy
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


def _read_rest(update: bytes, vector: bytes) -> UpdateContents | None:
    """What of `update` is not in the history that `vector` covers, as far as that can be told."""
    try:
        return read_update(pycrdt.get_update(update, vector))
    except BadPayloadError:
        return None  # let in by a laxer release; carried along, it harms nobody


def _is_integrated(rest: UpdateContents | None, reached: dict[int, int]) -> bool:
    return (
        rest is not None
        and not rest.structs
        and all(reached.get(deletes.client, 0) >= deletes.end for deletes in rest.deletes)
    )
