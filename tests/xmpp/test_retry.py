"""Trying again: soon, then ever later, never all at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xmpp_bridge.xmpp.retry import FIRST, LONGEST, Retry


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=2000))
def test_the_wait_has_bounds_however_long_it_goes_on(chances: list[float]) -> None:
    retry = Retry()
    for chance in chances:
        retry = retry.next(chance)
        assert FIRST / 2 <= retry.delay <= LONGEST


def test_the_ceiling_doubles_until_it_is_the_longest() -> None:
    retry, ceilings = Retry(), []
    for _ in range(9):
        retry = retry.next(1.0)
        ceilings.append(retry.delay)
    assert ceilings[:3] == [FIRST, FIRST * 2, FIRST * 4]
    assert ceilings[-1] == LONGEST


def test_two_that_failed_together_come_back_apart() -> None:
    assert Retry().next(0.1).delay != Retry().next(0.9).delay
