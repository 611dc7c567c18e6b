"""What was changed inside one cell of a notebook file, written into the shared cell and nothing else of it touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_ydoc import YNotebook
from pycrdt import Array, Map, Text

from xmpp_bridge.documents.text_diff import edit_text

Cell = Mapping[str, Any]


def edit_cell(notebook: YNotebook, index: int, base: Cell, disk: Cell) -> None:
    """Bring what differs between `base` and `disk` into the cell at `index`."""
    ycell = notebook.ycells[index]
    if base.get("cell_type") != disk.get("cell_type"):
        # A code cell has other parts than a Markdown cell, and a browser cannot follow that either.
        notebook.set_ycell(index, notebook.create_ycell({**disk, "id": ycell["id"]}))
        return
    if disk.get("id", ycell["id"]) != ycell["id"]:
        ycell["id"] = disk["id"]
    for key in sorted((base.keys() | disk.keys()) - {"id"}):
        if base.get(key) != disk.get(key):
            _edit_key(ycell, key, base, disk)


def edit_map(ymap: Map[Any], base: Mapping[str, Any], disk: Mapping[str, Any]) -> None:
    """Bring what differs between two mappings into a shared one, key by key."""
    for key in sorted(base.keys() | disk.keys()):
        if key not in disk:
            if key in ymap:
                del ymap[key]
        elif key not in base or base[key] != disk[key]:
            ymap[key] = disk[key]


def source_of(cell: Cell) -> str:
    """The source as one string; a file may hold it as a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _edit_key(ycell: Map[Any], key: str, base: Cell, disk: Cell) -> None:
    current = ycell.get(key)
    match key, current:
        case "source", Text():
            edit_text(current, source_of(disk))
        case "metadata", Map():
            edit_map(current, base.get(key, {}), disk.get(key, {}))
        case "outputs", Array():
            current.clear()
            current.extend([_shared_output(output) for output in disk.get(key, [])])
        case _ if key in disk:
            ycell[key] = disk[key]
        case _ if current is not None:
            del ycell[key]


def _shared_output(output: Mapping[str, Any]) -> Map[Any]:
    """An output as jupyter_ydoc shares it: the text of a stream can grow in place."""
    if output.get("output_type") != "stream":
        return Map(dict(output))
    text: str | Sequence[str] = output.get("text", "")
    return Map({**output, "text": Text(text if isinstance(text, str) else "".join(text))})
