from __future__ import annotations

from xmpp_bridge.accounts.lockout import FIRST, FREE, LONGEST, MOST, Lockout


def fail(lockout: Lockout, times: int, now: float = 0.0, key: object = "x") -> list[bool]:
    return [lockout.failed(key, now) for _ in range(times)]


def test_who_mistypes_a_few_times_is_not_locked_out() -> None:
    lockout = Lockout()
    assert not any(fail(lockout, FREE - 1))
    assert not lockout.is_locked("x", 0.0)


def test_who_goes_on_waits_a_minute_then_longer_and_never_more_than_an_hour() -> None:
    lockout, now, waits = Lockout(), 0.0, []
    fail(lockout, FREE - 1)
    for _ in range(10):
        assert lockout.failed("x", now)
        began = now
        while lockout.is_locked("x", now):
            now += FIRST / 2
        waits.append(now - began)
    assert waits[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert waits[-1] == LONGEST


def test_others_are_not_locked_with_them() -> None:
    lockout = Lockout()
    fail(lockout, FREE)
    assert lockout.is_locked("x", 0.0)
    assert not lockout.is_locked("y", 0.0)


def test_a_right_one_ends_it() -> None:
    lockout = Lockout()
    fail(lockout, FREE)
    lockout.succeeded("x")
    assert not lockout.is_locked("x", 0.0)
    assert not any(fail(lockout, FREE - 1))


def test_trying_many_takes_no_more_memory() -> None:
    lockout = Lockout()
    fail(lockout, FREE, key="first")
    for number in range(MOST):
        lockout.failed(number, 0.0)
    assert not lockout.is_locked("first", 0.0)
