"""What takes back one person's edits of some time, or everybody's, and leaves what others did; without I/O.

Yjs can undo what it has seen happen. So all of history happens again in a Doc that forgets nothing, with a mark on what
is to be taken back. What comes out is an edit like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pycrdt

from xmpp_bridge.documents.durable_copy import (
    CannotIntegrateError,
    DurableCopy,
    Row,
    advance,
    integrate,
)
from xmpp_bridge.documents.split import only_deletes, split
from xmpp_bridge.documents.step import Step
from xmpp_bridge.documents.struct import Kind, Link, read_structs
from xmpp_bridge.documents.touched import Touched
from xmpp_bridge.documents.update import EMPTY_UPDATE
from xmpp_bridge.lib0 import Reader
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError

_OURS: Final = "to be taken back"
_HOLDING: Final = "to stay, since others have worked in it"
_THEIRS: Final = "to stay"
_NEVER: Final = 2**40
"""Milliseconds after which Yjs would begin to undo step by step."""
_TRIES: Final = 5


def reversal(
    steps: Sequence[Step],
    owners: Mapping[int, int],
    interval: range,
    account_id: int | None,
) -> bytes | None:
    """The update that takes back what this account (None: anybody) did in the steps of `interval`; None if nothing.

    `owners` says whose each Yjs client is. A cell that others have worked in since stays; only what was typed into it
    and erased is taken back. Raises ConflictError where it is not known whose an edit is.
    """
    for step in steps:
        concerns = step.through_id in interval and account_id in step.account_ids
        if concerns and not step.told_apart:
            raise ConflictError("several people's edits of that time are told apart no more")
    entangled: frozenset[int] = frozenset()
    for _ in range(_TRIES):
        happening = _Happening(owners, interval, account_id, entangled)
        for step in steps:
            happening.take(step)
        happening.settle()
        lost = happening.undo()
        if not lost:
            return happening.brought
        entangled |= happening.which_touched(lost)
    raise ConflictError("others have built on these edits")


class _Happening(DurableCopy):
    """History, once more."""

    def __init__(
        self,
        owners: Mapping[int, int],
        interval: range,
        account_id: int | None,
        entangled: frozenset[int],
    ) -> None:
        super().__init__()
        self._doc = pycrdt.Doc(skip_gc=True)
        self._array = self._doc.get("cells", type=pycrdt.Array)
        scopes: list[Any] = [
            self._array,
            self._doc.get("meta", type=pycrdt.Map),
            self._doc.get("source", type=pycrdt.Text),
        ]
        self._undo = pycrdt.UndoManager(scopes=scopes, capture_timeout_millis=_NEVER)
        self._undo.include_origin(_OURS)
        self._seen = Touched(self._doc)
        self._owners = owners
        self._interval = interval
        self._account_id = account_id
        self._entangled = entangled
        self._steps: dict[int, Step] = {}
        self._ours_touched: dict[int, set[str]] = {}
        self._others_touched: set[str] = set()
        self.brought: bytes | None = None

    def take(self, step: Step) -> None:
        """Let this happen, as soon as what it needs has."""
        self._steps[step.through_id] = step
        self.apply(step.through_id, step.data)

    def undo(self) -> frozenset[str]:
        """Take it back, and say which cells went in which others have worked."""
        updates: list[bytes] = []
        coming = _Coming(self._array)
        subscription = self._doc.observe(lambda event: updates.append(event.update))
        states = dict(_name_and_state(cell) for cell in self._array)
        _undo(self._undo)
        lost = frozenset(coming.gone & self._others_touched)
        _repair(self._doc, self._array, coming, states)
        self._doc.unobserve(subscription)
        said = [each for each in updates if each != EMPTY_UPDATE]
        self.brought = pycrdt.merge_updates(*said) if said else None
        return lost

    def which_touched(self, cells: frozenset[str]) -> frozenset[int]:
        """The steps to be taken back that had to do with these cells."""
        return frozenset(step for step, touched in self._ours_touched.items() if touched & cells)

    def _integrate(self, rows: Sequence[Row]) -> None:
        if len(rows) > 1:  # They wait for each other: which of them brought what, none can tell.
            super()._integrate(rows)
            self._others_touched.update(self._seen.take())
            return
        step = self._steps[rows[0].id]
        ours = self._ours_touched.setdefault(step.through_id, set())
        try:
            for update, origin in self._pieces(step):
                with self._doc.transaction(origin=origin):
                    integrate(self._doc, update)
                touched = self._seen.take()
                if origin != _THEIRS:
                    ours.update(touched)
                elif step.through_id >= self._interval.start:
                    self._others_touched.update(touched)
        except BadPayloadError as error:
            raise CannotIntegrateError(step.through_id) from error
        advance(self._reached, rows)

    def _pieces(self, step: Step) -> Iterator[tuple[bytes, str]]:
        """What happens one after the other, and what is to become of it."""
        everybody, account = self._account_id is None, self._account_id
        if step.through_id not in self._interval or not (everybody or account in step.account_ids):
            yield step.data, _THEIRS
        elif everybody or len(step.parts) == 1:
            yield from self._ours(step, step.data)
            yield step.data, _OURS  # What it deletes.
        else:
            for piece in split(step.data, lambda struct: self._owners.get(struct.client)):
                if piece.kind == account:
                    yield from self._ours(step, piece.update)
                else:
                    yield piece.update, _THEIRS
            for part in step.parts:
                origin = _OURS if part.account_id == account else _THEIRS
                yield only_deletes(part.deletes or ()), origin
            yield step.data, _THEIRS  # What no part knows of.

    def _ours(self, step: Step, update: bytes) -> Iterator[tuple[bytes, str]]:
        """Where others have worked since, what holds their work stays, and letters go."""
        if step.through_id not in self._entangled:
            yield update, _OURS
            return
        letters = _letters(update)
        for piece in split(update, lambda struct: (struct.client, struct.clock) in letters):
            yield piece.update, _OURS if piece.kind else _HOLDING


def _undo(manager: pycrdt.UndoManager) -> None:
    try:
        if manager.can_undo():
            manager.undo()
    except BaseException as error:
        # COMPAT(pycrdt 0.14): a panic of yrs is no Exception.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise ConflictError("Yjs cannot take these edits back") from error


def _repair(
    doc: pycrdt.Doc[Any],
    cells: pycrdt.Array[Any],
    coming: _Coming,
    states: Mapping[str, Any],
) -> None:
    """A cell that came back may be there already, moved; and nothing runs because it ran once."""
    with doc.transaction():
        for index in reversed(coming.doubled()):
            del cells[index]
        for cell in cells:
            name, state = _name_and_state(cell)
            if state is not None and state != states.get(name, "idle"):
                cell["execution_state"] = states.get(name) or "idle"


class _Coming:
    """Watches which cells go, and which come."""

    def __init__(self, cells: pycrdt.Array[Any]) -> None:
        self.gone: set[str] = set()
        self._cells = [(_name_and_state(cell)[0], False) for cell in cells]
        self._subscription = cells.observe(self._changed)

    def doubled(self) -> list[int]:
        """Where cells came under the id of one that was there."""
        there = {name for name, came in self._cells if not came}
        return [at for at, (name, came) in enumerate(self._cells) if came and name in there]

    def _changed(self, event: Any) -> None:
        at = 0
        for step in event.delta:
            if "retain" in step:
                at += step["retain"]
            elif "insert" in step:
                new = [(_name_and_state(cell)[0], True) for cell in step["insert"]]
                self._cells[at:at] = new
                at += len(new)
            else:
                self.gone.update(name for name, _ in self._cells[at : at + step["delete"]])
                del self._cells[at : at + step["delete"]]


def _name_and_state(cell: Any) -> tuple[str, Any]:
    """What a cell is called, and whether it runs; anybody may have written anything."""
    if not isinstance(cell, pycrdt.Map):
        return "", None
    name = cell.get("id")
    return name if isinstance(name, str) else "", cell.get("execution_state")


def _letters(update: bytes) -> frozenset[Link]:
    """Where what was typed begins; without what cells were made with: it may be others', in a cell that was moved."""
    made: set[Link] = set()
    ends: set[Link | str | None] = set()
    letters: set[Link] = set()
    for struct in read_structs(Reader(update)):
        if struct.kind == Kind.TYPE:
            made.add((struct.client, struct.clock))
        elif struct.kind == Kind.STRING:
            goes_on = struct.origin == (struct.client, struct.clock - 1) and struct.origin in ends
            if struct.parent in made or goes_on:
                ends.add((struct.client, struct.clock + struct.length - 1))
            else:
                letters.add((struct.client, struct.clock))
    return frozenset(letters)
