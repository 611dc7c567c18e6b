"""One person out of many connections, and what a Jupyter server says of its owner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xmpp_bridge.presence.condition import (
    ABSENT,
    Choice,
    Condition,
    Device,
    Seen,
    Show,
    Tab,
    announced,
    seen,
)

NOON = datetime(1997, 7, 16, 12, tzinfo=UTC)
LAB = Condition(Show.AVAILABLE, Device.LAB)
PHONE = Condition(Show.AWAY, Device.PHONE, NOON)


def test_who_is_active_anywhere_is_there() -> None:
    assert seen([PHONE, LAB]) == Seen(Show.AVAILABLE, (Device.LAB, Device.PHONE))


def test_who_is_busy_anywhere_is_busy() -> None:
    busy = Condition(Show.DND, Device.PHONE)
    assert seen([LAB, busy]).show is Show.DND


def test_who_is_idle_everywhere_is_idle_since_they_did_something_last() -> None:
    later = Condition(Show.AWAY, Device.LAB, NOON + timedelta(minutes=5))
    assert seen([PHONE, later]).idle_since == NOON + timedelta(minutes=5)


def test_a_server_without_a_browser_is_no_device() -> None:
    assert seen([Condition(Show.ABSENT, Device.LAB)]) == ABSENT


@pytest.mark.parametrize("several", [[], [LAB], [LAB, PHONE]])
def test_who_hides_looks_like_nobody(several: list[Condition]) -> None:
    assert seen(several, Choice.HIDDEN) == ABSENT == seen([])


def test_who_wants_to_be_away_is_away_without_a_time() -> None:
    assert seen([LAB, PHONE], Choice.AWAY) == Seen(Show.AWAY, (Device.LAB, Device.PHONE))
    assert seen([Condition(Show.ABSENT, Device.LAB)], Choice.AWAY) == ABSENT


def test_a_lab_is_there_as_long_as_one_tab_is_used() -> None:
    idle, used = Tab(NOON), Tab(None)
    assert announced([idle, used], Choice.AUTO) == LAB
    assert announced([idle, Tab(NOON + timedelta(hours=1))], Choice.AUTO) == Condition(
        Show.AWAY, Device.LAB, NOON + timedelta(hours=1)
    )
    assert announced([used], Choice.DND).show is Show.DND
    assert announced([used], Choice.AWAY) == Condition(Show.AWAY, Device.LAB)


def test_hiding_is_the_same_as_closing_the_browser() -> None:
    assert announced([Tab(None)], Choice.HIDDEN) == announced([], Choice.AUTO)
