"""When a browser gets nothing more, and when it is given up."""

from __future__ import annotations

import pytest

from xmpp_bridge.documents.backpressure import MOST_UNSENT, PATIENCE, Backpressure


@pytest.fixture
def pressure() -> Backpressure:
    return Backpressure()


def test_a_browser_that_reads_is_never_behind(pressure: Backpressure) -> None:
    for _ in range(10_000):
        assert not pressure.wrote(1_000)
        assert pressure.took(1_000, 1.0) is None
    assert not pressure.is_behind
    assert pressure.gives_up_at() is None


def test_beyond_the_limit_it_is_cut_off_once_and_caught_up_when_it_has_taken_all(
    pressure: Backpressure,
) -> None:
    assert not pressure.wrote(MOST_UNSENT)
    assert pressure.wrote(1)
    pressure.cut_off(b"so far", 1.0)
    assert pressure.is_behind
    assert not pressure.wrote(5)  # an answer that it asked for
    assert pressure.took(MOST_UNSENT, 2.0) is None
    assert pressure.took(1, 2.0) is None
    assert pressure.took(5, 2.0) == b"so far"
    assert not pressure.is_behind


def test_one_large_message_is_written_whole_and_the_next_ones_wait(pressure: Backpressure) -> None:
    assert pressure.wrote(20 * MOST_UNSENT)
    pressure.cut_off(b"with it", 1.0)
    assert pressure.took(20 * MOST_UNSENT, 2.0) == b"with it"


def test_who_takes_a_little_is_not_given_up(pressure: Backpressure) -> None:
    pressure.wrote(MOST_UNSENT)
    pressure.wrote(MOST_UNSENT)
    pressure.cut_off(b"so far", 1.0)
    assert pressure.gives_up_at() == 1.0 + PATIENCE
    pressure.took(MOST_UNSENT, 500.0)
    assert pressure.gives_up_at() == 500.0 + PATIENCE
