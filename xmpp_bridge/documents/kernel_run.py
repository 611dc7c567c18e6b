"""Cells that jupyter-server-nbmodel runs: a superseded run goes on where nobody sees it.

It writes what a kernel says straight into the Doc, goes on in whatever stream stands last, and takes back what it did
not expect there: of two that write into one cell, each deletes the other's lines. So it is given a cell that leads
elsewhere as soon as somebody else's run is the last.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any

from pycrdt import Array, Doc, Map

from xmpp_bridge.documents.runs import RUNNING, STATE
from xmpp_bridge.documents.standing_runs import StandingRuns

log = logging.getLogger(__name__)

FIND_CELL = "_get_ycell"
"""The function of jupyter_server_nbmodel.actions by which it finds the cell that it is about to run."""


class KernelRun:
    """One run of a cell, as nbmodel reads and writes it."""

    def __init__(self, cell: Map[Any], runs: StandingRuns) -> None:
        self._id: str = cell["id"]
        self._cell = cell
        self._runs = runs
        self._begun = self._apart = False

    @property
    def doc(self) -> Doc[Any]:
        return self._target.doc

    def __getitem__(self, key: str) -> Any:
        return self._target[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._target[key] = value
        if key == STATE and value == RUNNING:
            self._runs.begin(self._id)
            self._begun = True
        elif key == STATE and self._apart:
            self._runs.end(self._id)

    @property
    def _target(self) -> Map[Any]:
        if self._begun and not self._apart and not self._runs.is_last(self._id):
            self._apart = True
            elsewhere: Doc[Any] = Doc()
            self._cell = elsewhere.get("cell", type=Map)
            self._cell["outputs"] = Array()
            self._cell["metadata"] = Map()
        return self._cell


def install(runs_of: Callable[[Doc[Any]], StandingRuns | None]) -> None:
    """Let nbmodel run the cells of linked rooms so; without it, browsers run them."""
    try:
        actions: Any = import_module("jupyter_server_nbmodel.actions")
    except ImportError:
        return
    find = getattr(actions, FIND_CELL, None)
    if find is None:
        log.warning("what two kernels say may be mixed: jupyter-server-nbmodel is not known to us")
        return

    @functools.wraps(find)
    async def find_run(*args: Any, **options: Any) -> Any:
        cell = await find(*args, **options)
        runs = None if cell is None else runs_of(cell.doc)
        return cell if runs is None else KernelRun(cell, runs)

    setattr(actions, FIND_CELL, find_run)
