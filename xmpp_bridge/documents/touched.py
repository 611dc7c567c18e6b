"""Which cells of a notebook an update has changed, seen while it is taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pycrdt

MOST: Final = 50
"""Cells that are named; who changes more has changed the notebook."""


class Touched:
    """Watches one document. What is deleted has no place any more, so the places are kept here."""

    def __init__(self, doc: pycrdt.Doc[Any]) -> None:
        cells = doc.get("cells", type=pycrdt.Array)
        self._ids = [_id_of(cell) for cell in cells]
        self._touched: dict[str, None] = {}
        self._subscription = cells.observe_deep(self._changed)

    def take(self) -> list[str]:
        """The cells that were changed since this was asked last, in the order in which they were."""
        touched, self._touched = self._touched, {}
        return [each for each in touched if each][:MOST]

    def _changed(self, events: Sequence[Any]) -> None:
        for event in events:
            if not event.path:
                self._moved(event.delta)
        # After that: a path is that in the notebook as it is now.
        for event in events:
            if event.path and isinstance(event.path[0], int) and event.path[0] < len(self._ids):
                self._touched[self._ids[event.path[0]]] = None

    def _moved(self, delta: Sequence[Mapping[str, Any]]) -> None:
        at = 0
        for step in delta:
            if "retain" in step:
                at += step["retain"]
            elif "insert" in step:
                new = [_id_of(cell) for cell in step["insert"]]
                self._ids[at:at] = new
                self._touched |= dict.fromkeys(new)
                at += len(new)
            else:
                gone = self._ids[at : at + step["delete"]]
                del self._ids[at : at + step["delete"]]
                self._touched |= dict.fromkeys(gone)


def _id_of(cell: Any) -> str:
    """What the cell is called; anybody may have written anything."""
    found = cell.get("id") if isinstance(cell, pycrdt.Map | dict) else None
    return found if isinstance(found, str) and len(found) <= 64 else ""  # noqa: PLR2004 - nbformat 4.5
