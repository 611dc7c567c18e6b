"""A document's history as a list that somebody can read: what was done without a pause is one moment; without I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from xmpp_bridge.documents.part import MOST_CELLS
from xmpp_bridge.documents.step import Step

PAUSE: Final = timedelta(minutes=5)
"""After which the same person begins a new moment."""
TOGETHER: Final = timedelta(minutes=1)
"""Somebody else who writes so soon does it at the same time."""
LONGEST: Final = timedelta(minutes=15)
"""No moment goes over such a mark of the clock: so they are the same wherever somebody begins to read."""
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Grain(StrEnum):
    """How finely history is told."""

    COARSE = "coarse"
    FINE = "fine"
    """Each step by itself."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What the document was after `through_id`, and who had done what since `after_id`."""

    after_id: int
    through_id: int
    began_at: datetime
    ended_at: datetime
    edits: int
    cells: Mapping[int, Sequence[str]]
    """Of each account, in the order of their first edits."""


def moments(steps: Sequence[Step], grain: Grain) -> list[Moment]:
    """The oldest first; each begins where the one before ends. What it began with is a moment of its own."""
    groups: list[list[Step]] = []
    for step in steps:
        if len(groups) > 1 and grain is Grain.COARSE and _continues(groups[-1][-1], step):
            groups[-1].append(step)
        else:
            groups.append([step])
    found: list[Moment] = []
    for group in groups:
        found.append(_moment(found[-1].through_id if found else 0, group))
    return found


def _continues(before: Step, step: Step) -> bool:
    """Decided by two neighbours alone, and so the same for whoever looks later."""
    gap = step.began_at - before.ended_at
    same = bool(before.account_ids & step.account_ids)
    return (
        gap <= (PAUSE if same else TOGETHER)
        and (before.ended_at - _EPOCH) // LONGEST == (step.ended_at - _EPOCH) // LONGEST
    )


def _moment(after_id: int, group: Sequence[Step]) -> Moment:
    cells: dict[int, dict[str, None]] = {}
    for step in group:
        for part in step.parts:
            cells.setdefault(part.account_id, {}).update(dict.fromkeys(part.cells))
    return Moment(
        after_id,
        group[-1].through_id,
        min(step.began_at for step in group),
        max(step.ended_at for step in group),
        sum(part.edits for step in group for part in step.parts),
        {account: _first(found) for account, found in cells.items()},
    )


def _first(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(cells)[:MOST_CELLS]
