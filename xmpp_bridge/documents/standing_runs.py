"""Which run of each cell stands on this replica, and that no other's outputs do.

Decides by `runs` (runs.py) and by whose the client ids are (company.py). It only deletes outputs, so it does not matter
how many do it; whoever runs the cell does it first.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from pycrdt import Array, Doc

from xmpp_bridge.documents.mixed_outputs import unmix
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.runs import (
    RUNS,
    Run,
    add_run,
    cells_called,
    is_running,
    read_runs,
    remove_runs,
)
from xmpp_bridge.documents.shared_file import Company

HELP_AFTER = 2.0
"""Seconds, and at most twice as many, that those who do not run a cell leave its outputs to those who do."""


class StandingRuns:
    """Of one replica."""

    def __init__(self, doc: Doc[Any], replica: Replica, company: Company) -> None:
        self.here: set[str] = set()
        """The cells that this server's browsers and kernels run."""
        self.entries: Array[Any] = doc.get(RUNS, type=Array)
        self._doc = doc
        self._replica = replica
        self._company = company
        self._runs: dict[str, list[Run]] = {}
        self._read = 0
        self._settling: dict[bool, asyncio.TimerHandle] = {}
        self._subscription = self.entries.observe(self._changed)
        replica.hide = self.hide

    def close(self) -> None:
        """Do nothing any more."""
        self.entries.unobserve(self._subscription)
        for handle in self._settling.values():
            handle.cancel()

    # -- what runs ----------------------------------------------------------------------------------

    def begin(self, cell: str) -> None:
        """Somebody here starts a cell: from now on theirs is the last run."""
        self.here.add(cell)
        if not self.is_last(cell):
            add_run(self._doc, cell)
        self.settle_soon()

    def end(self, cell: str) -> None:
        """What ran here is over."""
        self.here.discard(cell)
        self.settle_soon()

    def last(self, cell: str) -> Run | None:
        """The run of a cell that stands."""
        runs = self._by_cell().get(cell)
        return runs[-1] if runs else None

    def is_last(self, cell: str) -> bool:
        """Whether the last run of a cell is this server's."""
        return self.is_ours(self.last(cell))

    def is_superseded(self, cell: str) -> bool:
        """Whether a run here is not the last any more, so that nobody should see what it says."""
        return cell in self.here and not self.is_last(cell)

    def is_ours(self, run: Run | None) -> bool:
        """Whether this very server wrote an entry."""
        return run is not None and self._company.is_ours(run.client)

    @property
    def contested(self) -> bool:
        """Whether any cell has several runs, as far as has been read: inside a transaction that cannot be done."""
        return any(len(runs) > 1 for runs in self._runs.values())

    def _changed(self, _event: object) -> None:
        self._read = -1
        self.settle_soon()

    def _by_cell(self) -> dict[str, list[Run]]:
        if self._read != len(self.entries):
            self._runs, self._read = read_runs(self._doc), len(self.entries)
        return self._runs

    # -- whose outputs stand ------------------------------------------------------------------------

    def hide(self) -> bool:
        """Take out of what arrives what superseded runs say in the cells that run here; return whether there was any.

        So no browser here sees it, and none goes on in another's stream.
        """
        hidden = False
        if self.here and not self._replica.read_only:
            for cell in self.here:
                runs = self._by_cell().get(cell, [])
                if len(runs) > 1 and self.is_ours(runs[-1]):
                    hidden = self._unmix(cell, runs) or hidden
        return hidden

    def settle(self, *, help_others: bool = True) -> None:
        """Take out what superseded runs wrote, and forget our own of them that are over."""
        if self._replica.read_only:
            return
        contested = [(cell, runs) for cell, runs in self._by_cell().items() if len(runs) > 1]
        for cell, runs in contested:
            if self._losers(runs) is None:
                self._settle_later()
                continue
            if help_others or any(map(self.is_ours, runs)):
                self._unmix(cell, runs)
            else:
                self._settle_later()
            if self.is_ours(runs[-1]) or not self._goes_on(cell):
                remove_runs(self._doc, list(filter(self.is_ours, runs[:-1])))

    def _losers(self, runs: list[Run]) -> frozenset[str] | None:
        """Who ran the cell and is not the last; None until the service has said whose all client ids are."""
        *losers, winner = [self._company.owner(run.client) for run in runs]
        known = frozenset(owner for owner in losers if owner is not None)
        return None if winner is None or None in losers else known - {winner}

    def _unmix(self, cell_id: str, runs: list[Run]) -> bool:
        losers = self._losers(runs) or frozenset()
        hulls = self.is_ours(runs[-1]) or not self._goes_on(cell_id)
        found = False
        for cell in cells_called(self._doc, cell_id) if losers else ():
            found = unmix(cell, lambda c: self._company.owner(c) in losers, hulls=hulls) or found
        return found

    def _goes_on(self, cell_id: str) -> bool:
        return cell_id in self.here or any(map(is_running, cells_called(self._doc, cell_id)))

    def settle_soon(self) -> None:
        """Settle what is ours in a moment."""
        self._settle_in(0.0, help_others=False)

    def _settle_later(self) -> None:
        self._settle_in(HELP_AFTER * (1 + random.random()), help_others=True)  # noqa: S311 - jitter

    def _settle_in(self, delay: float, *, help_others: bool) -> None:
        if help_others not in self._settling and not self._replica.read_only:
            self._settling[help_others] = asyncio.get_running_loop().call_later(
                delay, self._settle_now, help_others
            )

    def _settle_now(self, help_others: bool) -> None:  # noqa: FBT001 - a timer's
        del self._settling[help_others]
        self.settle(help_others=help_others)
