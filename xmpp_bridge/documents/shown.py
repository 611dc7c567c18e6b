"""A document as somebody is shown it: its cells, and how they differ from those of before; without I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, Final

import pycrdt

MOST_LINES: Final = 5000
"""Of one cell that are compared; difflib takes quadratic time."""


class Fate(StrEnum):
    """What became of a cell."""

    SAME = "same"
    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it was; a text file is one cell without a name."""

    id: str
    type: str
    source: str
    outputs: Sequence[Any] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    execution_count: int | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A cell as it was at the later of two moments, or at the earlier one if it was removed."""

    cell: Cell
    number: int | None
    """From 1; None for one that is gone."""
    fate: Fate
    lines: Sequence[tuple[str, str]]
    """The source by line: each stays (a space), came (+) or went (-)."""
    outputs_changed: bool = False
    metadata_changed: bool = False


def cells_in(state: bytes, file_type: str) -> list[Cell]:
    """The cells of a document, in their order. What is no cell is passed over: anybody may have written anything."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc.apply_update(state)
    if file_type != "notebook":
        return [Cell("", "file", str(doc.get("source", type=pycrdt.Text)))]
    cells = doc.get("cells", type=pycrdt.Array)
    return [found for cell in cells if (found := _cell(cell)) is not None]


def compare(before: Sequence[Cell], now: Sequence[Cell]) -> list[Compared]:
    """Each cell that is there, in order; and those that went, after the one that they followed."""
    old = {cell.id: cell for cell in before}
    staying = _in_order(before, now)
    gone = _gone(before, {cell.id for cell in now})
    found = [*gone.get(None, ())]
    for number, cell in enumerate(now, start=1):
        found.append(_compared(old.get(cell.id), cell, number, cell.id in staying))
        found += gone.get(cell.id, ())
    return found


def _cell(shared: object) -> Cell | None:
    if not isinstance(shared, pycrdt.Map):
        return None
    raw: dict[str, Any] = shared.to_py() or {}
    name, kind, source = raw.get("id"), raw.get("cell_type"), raw.get("source")
    if not isinstance(name, str) or not isinstance(source, str):
        return None
    outputs, metadata, count = raw.get("outputs"), raw.get("metadata"), raw.get("execution_count")
    return Cell(
        name,
        kind if kind in ("code", "markdown", "raw") else "raw",
        source,
        [each for each in outputs if isinstance(each, dict)] if isinstance(outputs, list) else [],
        metadata if isinstance(metadata, dict) else {},
        int(count) if isinstance(count, int | float) else None,
    )


def _gone(before: Sequence[Cell], there: set[str]) -> dict[str | None, list[Compared]]:
    """Those that are not there any more, by the last one before them that is."""
    gone: dict[str | None, list[Compared]] = {}
    after: str | None = None
    for cell in before:
        if cell.id in there:
            after = cell.id
        else:
            lines = [("-", line) for line in cell.source.split("\n")]
            gone.setdefault(after, []).append(Compared(cell, None, Fate.REMOVED, lines))
    return gone


def _in_order(before: Sequence[Cell], now: Sequence[Cell]) -> set[str]:
    """The cells which others were moved around."""
    old, new = [cell.id for cell in before], [cell.id for cell in now]
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {name for block in blocks for name in old[block.a : block.a + block.size]}


def _compared(old: Cell | None, cell: Cell, number: int, stays: bool) -> Compared:  # noqa: FBT001
    if old is None:
        lines = [("+", line) for line in cell.source.split("\n")]
        return Compared(cell, number, Fate.NEW, lines, bool(cell.outputs))
    outputs = old.outputs != cell.outputs or old.execution_count != cell.execution_count
    metadata = old.metadata != cell.metadata or old.type != cell.type
    changed = old.source != cell.source or outputs or metadata
    fate = Fate.CHANGED if changed else Fate.SAME if stays else Fate.MOVED
    return Compared(cell, number, fate, list(_lines(old.source, cell.source)), outputs, metadata)


def _lines(old: str, new: str) -> Iterator[tuple[str, str]]:
    before, now = old.split("\n"), new.split("\n")
    if before == now:
        yield from ((" ", line) for line in now)
        return
    if len(before) + len(now) > MOST_LINES:
        yield from (("-", line) for line in before)
        yield from (("+", line) for line in now)
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from ((" ", line) for line in now[j1:j2])
        else:
            yield from (("-", line) for line in before[i1:i2])
            yield from (("+", line) for line in now[j1:j2])
