"""What was changed in a notebook file, cell by cell: edited, added, removed, moved."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from jupyter_ydoc import YNotebook
from pycrdt import Map

from xmpp_bridge.documents.merge_cell import Cell, edit_cell, edit_map, source_of

Notebook = Mapping[str, Any]


def edit_notebook(notebook: YNotebook, base: Notebook, disk: Notebook) -> None:
    """Bring what differs between `base` and `disk` into `notebook`, which is as it was when `base` was saved."""
    _edit_meta(notebook.ydoc.get("meta", type=Map), base, disk)
    old, new = _base_cells(notebook, base), _unlike(disk["cells"])
    origins = _origins(old, new)
    staying = _longest_rising(origins)
    for index in reversed(range(len(old))):
        if index not in staying:
            del notebook.ycells[index]
    for index, (origin, cell) in enumerate(zip(origins, new, strict=True)):
        if origin is not None and origin in staying:
            edit_cell(notebook, index, old[origin], cell)
        else:  # A moved cell is made anew, under its id if it has one: Yjs 13 cannot move.
            notebook.ycells.insert(index, notebook.create_ycell(dict(cell)))


def _edit_meta(meta: Map[Any], base: Notebook, disk: Notebook) -> None:
    for key in ("nbformat", "nbformat_minor"):
        if base.get(key) != disk.get(key) and key in disk:
            meta[key] = disk[key]
    before, after = base.get("metadata", {}), disk.get("metadata", {})
    if before != after:
        metadata = meta.get("metadata")
        if isinstance(metadata, Map):
            edit_map(metadata, before, after)
        else:
            meta["metadata"] = Map(after)


def _base_cells(notebook: YNotebook, base: Notebook) -> list[Cell]:
    """The cells as the file had them, each with its id in the document (files before nbformat 4.5 have none)."""
    ids = [ycell.get("id") for ycell in notebook.ycells]
    cells = list(base["cells"])
    if len(ids) != len(cells) or any(
        "id" in cell and cell["id"] != id_ for cell, id_ in zip(cells, ids, strict=True)
    ):
        cells = [notebook.get_cell(index) for index in range(len(ids))]
    return [{**cell, "id": id_} for cell, id_ in zip(cells, ids, strict=True)]


def _unlike(cells: Iterable[Cell]) -> list[Cell]:
    """The cells, of which a copy made with a text editor is a new one without an id."""
    seen: set[str] = set()
    unlike = []
    for cell in cells:
        copy = cell.get("id") in seen
        unlike.append({key: cell[key] for key in cell if key != "id"} if copy else cell)
        seen.update([cell["id"]] if "id" in cell else [])
    return unlike


def _origins(old: Sequence[Cell], new: Sequence[Cell]) -> list[int | None]:
    """For each cell of the file, which old cell it was: by id, else by its place among cells that are the same."""
    by_id = {cell["id"]: index for index, cell in reversed(list(enumerate(old)))}
    origins = [by_id.pop(cell.get("id"), None) for cell in new]
    taken = {origin for origin in origins if origin is not None}
    for old_index, new_index in _aligned(old, new):
        if origins[new_index] is None and "id" not in new[new_index] and old_index not in taken:
            origins[new_index] = old_index
    return origins


def _aligned(old: Sequence[Cell], new: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """Pairs of cells that say the same, and between them pairs of cells at the same place."""
    matcher = SequenceMatcher(
        None, [_look(cell) for cell in old], [_look(cell) for cell in new], autojunk=False
    )
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag in {"equal", "replace"}:
            yield from zip(range(i1, i2), range(j1, j2), strict=False)


def _look(cell: Cell) -> tuple[Any, str]:
    return cell.get("cell_type"), source_of(cell)


def _longest_rising(origins: Sequence[int | None]) -> frozenset[int]:
    """The largest set of old cells that are still in the same order; the others were moved."""
    ends: list[int] = []  # the smallest last element of a rising sequence of each length
    before: dict[int, int | None] = {}
    for origin in origins:
        if origin is None:
            continue
        length = bisect_left(ends, origin)
        before[origin] = ends[length - 1] if length else None
        ends[length : length + 1] = [origin]
    staying: list[int] = []
    last = ends[-1] if ends else None
    while last is not None:
        staying.append(last)
        last = before[last]
    return frozenset(staying)
