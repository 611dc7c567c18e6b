"""When a replica offers what others wrote and the service lacks."""

from __future__ import annotations

import pytest

from xmpp_bridge.documents.relay import RelayPlan


@pytest.fixture
def plan() -> RelayPlan:
    return RelayPlan(lambda: 0.5)


def test_not_before_the_authors_had_their_turn_and_then_ever_more_rarely(plan: RelayPlan) -> None:
    now, waits = 0.0, []
    for _ in range(8):
        plan.seen(now, lacking=True)
        assert plan.at is not None
        assert not plan.due(plan.at - 0.1)
        waits.append(plan.at - now)
        now = plan.at
        assert plan.due(now)
        assert not plan.due(now)
    assert waits == [10, 20, 40, 80, 160, 320, 600, 600]


def test_hearing_of_it_again_puts_nothing_off(plan: RelayPlan) -> None:
    plan.seen(0.0, lacking=True)
    plan.seen(9.0, lacking=True)
    assert plan.at == 10.0


def test_what_the_service_has_by_now_is_not_offered(plan: RelayPlan) -> None:
    plan.seen(0.0, lacking=True)
    plan.seen(9.0, lacking=False)
    assert not plan.due(10.0)
