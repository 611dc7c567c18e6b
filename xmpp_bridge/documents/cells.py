"""What the cells of a notebook say, and which of them have changed, without I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import pycrdt

MOST_SHOWN: Final = 80
"""Characters of a cell that somebody is shown to know it by."""


class Change(StrEnum):
    """What was done to a cell."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that is not what it was; `number` counts from 1, and is None for one that is gone."""

    id: str
    change: Change
    number: int | None
    beginning: str


def cells_of(state: bytes) -> dict[str, str]:
    """The source of each cell by its id, in their order; what is no cell is passed over."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc.apply_update(state)
    found: dict[str, str] = {}
    for cell in doc.get("cells", type=pycrdt.Array):
        if not isinstance(cell, pycrdt.Map):
            continue
        cell_id, source = cell.get("id"), cell.get("source")
        if isinstance(cell_id, str) and isinstance(source, pycrdt.Text):
            found.setdefault(cell_id, str(source))
    return found


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> Sequence[CellChange]:
    """Cells that came, changed or went, those that are there first and in their order; moving one changes nothing."""
    there = [
        CellChange(
            cell_id,
            Change.NEW if cell_id not in before else Change.CHANGED,
            number,
            beginning_of(source),
        )
        for number, (cell_id, source) in enumerate(now.items(), start=1)
        if before.get(cell_id) != source and (source.strip() or cell_id in before)
    ]
    gone = [
        CellChange(cell_id, Change.REMOVED, None, beginning_of(source))
        for cell_id, source in before.items()
        if cell_id not in now and source.strip()
    ]
    return [*there, *gone]


def beginning_of(source: str) -> str:
    """The first line that says something."""
    line = next((line.strip() for line in source.splitlines() if line.strip()), "")
    return line if len(line) <= MOST_SHOWN else f"{line[: MOST_SHOWN - 1]}…"
