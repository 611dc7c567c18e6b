"""The cells of one replica that run: who runs them is shown, and when nobody does any more, that is said.

Who started a cell tells standing_runs.py, who is there company.py, and when a run is over this server's browsers and
kernels. Nothing happens while no cell runs.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from pycrdt import Doc, MapEvent

from xmpp_bridge.documents.replica import ARRIVED, Replica
from xmpp_bridge.documents.runs import (
    IDLE,
    RUNNING,
    STATE,
    Run,
    cells_called,
    code_cells,
    is_running,
)
from xmpp_bridge.documents.shared_file import Company
from xmpp_bridge.documents.standing_runs import StandingRuns

log = logging.getLogger(__name__)

COUNT = "execution_count"
RUNNERS = "runners"
"""The key of local state under which this server's browsers find the names of other people by the cells they run."""
GRACE = 10.0
"""Seconds, and up to a third more, that a runner may be away from the room; one who returns says so again."""
OWN_GRACE = 3.0
"""Seconds that a cell may be shown as ours while nothing here runs it: whoever starts it now says so in a moment."""
KERNEL_GRACE = 10.0
"""Seconds that no kernel of the notebook may be busy while a cell runs here."""
LOOK_EVERY = 1.0
SHOW_AFTER = 0.1
"""Seconds: a cell that is done sooner is shown to nobody as running."""


class RunningCells:
    """Owned by a linked room; `changed` must be told of every change of the notebook's cells."""

    def __init__(
        self,
        doc: Doc[Any],
        replica: Replica,
        company: Company,
        is_busy: Callable[[], Awaitable[bool]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._doc = doc
        self._replica = replica
        self._company = company
        self._is_busy = is_busy
        self._now = now
        self.runs = StandingRuns(doc, replica, company)
        self._away: dict[tuple[str, Run | None], float] = {}
        self._quiet_since: float | None = None
        self._shown: dict[str, str] = {}
        self._news = asyncio.Event()
        self._writing = False

    # -- what happens here --------------------------------------------------------------------------

    def changed(self, events: Sequence[Any]) -> None:
        """The notebook's cells changed; this is called inside the transaction, where nothing can be written."""
        if self._writing:
            return
        typed = events[0].transaction.origin != ARRIVED
        for event in events:
            if len(event.path) == 1 and isinstance(event, MapEvent):
                self._cell_changed(event, typed=typed)
            elif len(event.path) > 1 and self.runs.contested:
                self.runs.settle_soon()

    def _cell_changed(self, event: Any, *, typed: bool) -> None:
        changes = {key: event.keys[key] for key in (COUNT, STATE) if key in event.keys}
        if not changes:
            return
        self._news.set()
        self.runs.settle_soon()
        cell = event.target.get("id")
        if typed and isinstance(cell, str):
            self._soon(partial(self._told, cell, changes))

    def _told(self, cell: str, changes: dict[str, Any]) -> None:
        state = changes.get(STATE, {}).get("newValue")
        if state == RUNNING:
            self._quiet_since = None
            self.runs.begin(cell)
            return
        if self.runs.is_superseded(cell):
            # Whoever runs the cell now says when it is over, and how it is numbered.
            before = {
                k: change["oldValue"] for k, change in changes.items() if "oldValue" in change
            }
            self._write(cell, before)
        if state is not None:
            self.runs.end(cell)

    def _soon(self, act: Callable[[], None]) -> None:
        if not self._replica.read_only:
            asyncio.get_running_loop().call_soon(act)

    def _write(self, cell_id: str, values: dict[str, Any]) -> None:
        self._writing = True
        try:
            with self._doc.transaction():
                for cell in cells_called(self._doc, cell_id):
                    for key, value in values.items():
                        if cell.get(key) != value:
                            cell[key] = value
        finally:
            self._writing = False
        self._news.set()

    # -- who is away --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look after the cells that run until cancelled."""
        self.runs.settle_soon()
        try:
            while True:
                goes_on = await self.look()
                try:
                    async with asyncio.timeout(LOOK_EVERY if goes_on else None):
                        await self._news.wait()
                except TimeoutError:
                    continue
                self._news.clear()
                await asyncio.sleep(SHOW_AFTER)
        finally:
            self.runs.close()

    async def look(self) -> bool:
        """Look once; return whether there is anything to look after."""
        if self.runs.here and await self._kernels_are_quiet():
            for cell in list(self.runs.here):
                log.info("a cell ended without a word: cell=%s", cell)
                self.runs.end(cell)
        running = {cell_id for cell_id, cell in code_cells(self._doc) if is_running(cell)}
        if not self._replica.read_only:
            for cell in self.runs.here - running:
                if self.runs.is_last(cell):
                    self._write(cell, {STATE: RUNNING})  # Others thought that we were gone.
            for cell in running:
                if self._is_over(cell):
                    self._write(cell, {STATE: IDLE})
        self._away = {key: since for key, since in self._away.items() if key[0] in running}
        self._show(running)
        return bool(running or self.runs.here)

    def _is_over(self, cell: str) -> bool:
        """Whether nobody runs a cell that is shown as running."""
        run, others = self.runs.last(cell), self._company.others
        if self.runs.is_ours(run):
            patience, gone = OWN_GRACE, cell not in self.runs.here
        else:
            patience = GRACE * (1 + random.random() / 3)  # noqa: S311 - not all at once
            # Without a place in the room it is we who are away.
            gone = others is not None and (
                run is None or self._company.owner(run.client) not in others
            )
        if not gone:
            self._away.pop((cell, run), None)
            return False
        return self._now() - self._away.setdefault((cell, run), self._now()) > patience

    async def _kernels_are_quiet(self) -> bool:
        if await self._is_busy():
            self._quiet_since = None
            return False
        if self._quiet_since is None:
            self._quiet_since = self._now()
        return self._now() - self._quiet_since > KERNEL_GRACE

    def _show(self, running: set[str]) -> None:
        """Tell this server's browsers who runs what elsewhere."""
        runs = {cell: self.runs.last(cell) for cell in running}
        owners = {
            cell: self._company.owner(run.client)
            for cell, run in runs.items()
            if run is not None and not self.runs.is_ours(run)
        }
        shown = {cell: self._company.display_name(owner) for cell, owner in owners.items() if owner}
        if shown != self._shown:
            self._shown = shown
            self._replica.set_local(**{RUNNERS: shown})
