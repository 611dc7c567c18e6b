from __future__ import annotations

from xmpp_bridge.xmpp.allowance import MOST, Allowance


def test_some_are_allowed_at_once_and_then_one_after_another() -> None:
    allowance = Allowance(at_once=3, every=2.0)
    assert [allowance.take("romeo", 100.0) for _ in range(4)] == [True, True, True, False]
    assert not allowance.take("romeo", 101.9)
    assert allowance.take("romeo", 102.0)
    assert not allowance.take("romeo", 102.0)


def test_what_one_asks_is_not_held_against_another() -> None:
    allowance = Allowance(at_once=1, every=2.0)
    assert allowance.take("romeo", 0.0)
    assert allowance.take("juliet", 0.0)


def test_it_remembers_only_so_many() -> None:
    allowance = Allowance(at_once=1, every=1e9)
    for number in range(MOST + 1):
        assert allowance.take(number, 0.0)
    assert allowance.take(0, 0.0), "the first has been forgotten"
    assert not allowance.take(MOST, 0.0)
