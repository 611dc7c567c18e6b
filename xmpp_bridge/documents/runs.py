"""Who ran which cell last, in an order that is the same on every replica.

Each person has a kernel of their own and all share one cell, so a Doc has to tell whose run of it stands. The value of
a map's key cannot: Yjs forgets what it replaces, and whoever finishes last would look like whoever started last. So the
server on which somebody starts a cell appends the cell's id to the array `runs`. Of two who start at once, Yjs decides
who is last, and everywhere alike. *Who* it was tells the client id of the entry, never what the entry says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from pycrdt import Array, Doc, Map

from xmpp_bridge.documents.yjs_author import author

RUNS = "runs"
STATE = "execution_state"
RUNNING, IDLE = "running", "idle"


class Run(NamedTuple):
    """An entry: a cell's id, and the address in Yjs's history of whoever says that they run it."""

    cell: str
    client: int
    clock: int


def read_runs(doc: Doc[Any]) -> dict[str, list[Run]]:
    """The runs of each cell, the last one last; what no server of ours would write is left out."""
    runs: dict[str, list[Run]] = {}
    entries = doc.get(RUNS, type=Array)
    for index, cell in enumerate(entries):
        if isinstance(cell, str):
            runs.setdefault(cell, []).append(Run(cell, *author(entries, index)))
    return runs


def add_run(doc: Doc[Any], cell: str) -> None:
    """Say that this Doc's client id runs a cell from now on."""
    doc.get(RUNS, type=Array).append(cell)


def remove_runs(doc: Doc[Any], gone: Collection[Run]) -> None:
    """Take entries out; it only deletes."""
    entries = doc.get(RUNS, type=Array)
    for index in reversed(range(len(entries))):
        if isinstance(entries[index], str) and Run(entries[index], *author(entries, index)) in gone:
            del entries[index]


def code_cells(doc: Doc[Any]) -> Iterator[tuple[str, Map[Any]]]:
    """Each cell that can be run, with its id."""
    for cell in doc.get("cells", type=Array):
        if isinstance(cell, Map) and isinstance(cell.get("id"), str):
            yield cell["id"], cell


def cells_called(doc: Doc[Any], cell_id: str) -> list[Map[Any]]:
    """The cells of an id: one, unless somebody has just moved it."""
    return [cell for name, cell in code_cells(doc) if name == cell_id]


def is_running(cell: Map[Any]) -> bool:
    """Whether a cell is shown as running."""
    return cell.get(STATE) == RUNNING
