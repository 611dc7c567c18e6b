"""Cells that two people moved at the same time, made one again.

JupyterLab moves a cell by cloning it under the same id and deleting the original, so two moves at once leave two
clones. Whoever sees them deletes all but the first. The order of cells is the same everywhere and deleting is
idempotent: however many do it, and whatever they have seen yet, the first one of all stays.
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_OID, uuid5

from pycrdt import Array, Doc, Map


def undouble(doc: Doc[Any]) -> bool:
    """Make the ids of a notebook's cells unique, and return whether they were not.

    A clone that somebody has typed into since is another cell by now: it gets an id of its own, and nothing is lost.
    """
    cells = doc.get("cells", type=Array)
    doubled = _doubled(cells)
    if not doubled:
        return False
    with doc.transaction():
        for index, first in reversed(doubled):
            cell = cells[index]
            if cell.to_py() == cells[first].to_py():
                del cells[index]
            else:
                cell["id"] = _another_id(cell)
    return True


def _doubled(cells: Array[Any]) -> list[tuple[int, int]]:
    """The positions of clones, each with that of the first cell of its id."""
    first: dict[str, int] = {}
    doubled = []
    for index, cell in enumerate(cells):
        cell_id = cell.get("id") if isinstance(cell, Map) else None
        if not isinstance(cell_id, str):
            continue
        if cell_id in first:
            doubled.append((index, first[cell_id]))
        first.setdefault(cell_id, index)
    return doubled


def _another_id(cell: Map[Any]) -> str:
    """The same for everybody who sees the same cell."""
    return str(uuid5(NAMESPACE_OID, f"{cell['id']} {cell['source']}"))
