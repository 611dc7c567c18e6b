"""History as a list that somebody can read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.documents.notebooks import JULIET, ROMEO
from tests.documents.verona import NOON
from xmpp_bridge.documents.moments import LONGEST, PAUSE, TOGETHER, Grain, Moment, moments
from xmpp_bridge.documents.part import MOST_CELLS, Part
from xmpp_bridge.documents.step import Step

SECOND = timedelta(seconds=1)


BEGAN = Step(1, NOON, NOON, (Part(JULIET, 1, ("all",)),), b"")


def later(steps: Sequence[Step], grain: Grain = Grain.COARSE) -> list[Moment]:
    """The moments after the first, which is what the document began with."""
    return moments([BEGAN, *steps], grain)[1:]


def step(number: int, at: timedelta, account: int = ROMEO, *cells: str) -> Step:
    return Step(number, NOON + at, NOON + at, (Part(account, 1, cells),), b"")


@pytest.mark.parametrize(
    ("gap", "account", "one"),
    [
        (PAUSE, ROMEO, True),
        (PAUSE + SECOND, ROMEO, False),
        (TOGETHER, JULIET, True),
        (TOGETHER + SECOND, JULIET, False),
    ],
)
def test_a_pause_or_somebody_else_begins_a_new_moment(
    gap: timedelta,
    account: int,
    one: bool,  # noqa: FBT001
) -> None:
    found = later([step(2, SECOND), step(3, SECOND + gap, account)])
    assert [each.through_id for each in found] == ([3] if one else [2, 3])


def test_each_begins_where_the_one_before_ended() -> None:
    found = moments([step(3, SECOND), step(5, 2 * PAUSE), step(9, 4 * PAUSE)], Grain.COARSE)
    assert [(each.after_id, each.through_id) for each in found] == [(0, 3), (3, 5), (5, 9)]


def test_nobody_works_so_long_that_the_list_says_nothing() -> None:
    day = [step(n, n * SECOND) for n in range(2, 8 * 60 * 60, 10)]
    found = later(day)
    assert len(found) == timedelta(hours=8) // LONGEST
    assert sum(each.edits for each in found) == len(day)


def test_a_moment_says_who_changed_which_cells() -> None:
    day = [
        step(2, SECOND, ROMEO, "one"),
        step(3, 2 * SECOND, JULIET, "two", "one"),
        step(4, 3 * SECOND, ROMEO, "three", "one"),
    ]
    [found] = later(day)
    assert found.cells == {ROMEO: ("one", "three"), JULIET: ("two", "one")}
    assert [each.cells for each in later(day, Grain.FINE)] == [
        {ROMEO: ("one",)},
        {JULIET: ("two", "one")},
        {ROMEO: ("three", "one")},
    ]


def test_who_changes_everything_is_not_told_cell_by_cell() -> None:
    many = [step(n, n * SECOND, ROMEO, f"c{n}") for n in range(2, 100)]
    assert len(later(many)[0].cells[ROMEO]) == MOST_CELLS


def test_what_it_began_with_is_a_moment_of_its_own() -> None:
    first, rest = moments([BEGAN, step(2, SECOND, JULIET, "one")], Grain.COARSE)
    assert (first.cells, rest.after_id) == ({JULIET: ("all",)}, 1)


def test_what_has_no_history_has_no_moments() -> None:
    assert moments([], Grain.COARSE) == []
