"""The first move at once, the latest wins, and a room never bears more than its budget."""

from __future__ import annotations

import pytest

from xmpp_bridge.presence.awareness import ClientState
from xmpp_bridge.presence.cursor_rate import (
    AUDIENCE,
    BUDGET,
    FASTEST,
    MOVING_FOR,
    CursorOutbox,
    Move,
    MoveAt,
    Movement,
    Still,
    interval,
)


def at(n: int) -> dict[str, object]:
    return {"cursors": [{"head": n}], "user": {"name": "romeo"}}


@pytest.mark.parametrize(
    ("moving", "occupants", "rate"),
    [(10, 10, 4), (50, 50, 4), (100, 100, 1), (500, 500, 0.04), (10, 1500, 0.67), (0, 0, 4)],
)
def test_the_rate_is_what_the_room_can_bear(moving: int, occupants: int, rate: float) -> None:
    assert 1 / interval(moving, occupants) == pytest.approx(rate, rel=0.01)
    assert moving * occupants / interval(moving, occupants) <= BUDGET


def test_the_first_move_goes_at_once_and_then_the_latest_at_the_rate() -> None:
    outbox = CursorOutbox()
    outbox.put(7, at(1))
    assert outbox.next_action(0) == Move((ClientState(7, 1, {"cursors": [{"head": 1}]}),))

    outbox.put(7, at(2))
    assert outbox.next_action(0.1) == MoveAt(FASTEST)
    outbox.put(7, at(3))

    assert outbox.next_action(FASTEST) == Move((ClientState(7, 2, {"cursors": [{"head": 3}]}),))
    assert outbox.next_action(9) == Still()


def test_a_heartbeat_is_no_move() -> None:
    outbox = CursorOutbox()
    outbox.put(7, at(1))
    outbox.next_action(0)

    outbox.put(7, {**at(1), "user": {"name": "Romeo", "clock": 2}})

    assert outbox.next_action(100) == Still()


def test_a_tab_that_closes_is_told_and_one_that_was_never_there_is_not() -> None:
    outbox = CursorOutbox()
    outbox.put(8, None)
    outbox.put(7, at(1))
    outbox.next_action(0)
    outbox.put(7, None)

    assert outbox.next_action(1) == Move((ClientState(7, 2, None),))
    assert outbox.next_action(2) == Still()


def test_the_more_people_move_the_rarer_each() -> None:
    outbox = CursorOutbox()
    outbox.occupants = 1000
    for n in range(9):
        outbox.others_moved(f"{n}", 0)
    outbox.put(7, at(1))
    outbox.next_action(0)
    outbox.put(7, at(2))

    assert outbox.next_action(0.5) == MoveAt(1.0)
    assert outbox.next_action(0.99) == MoveAt(1.0)


def test_a_newcomer_is_shown_where_everybody_is() -> None:
    outbox = CursorOutbox()
    outbox.put(7, at(1))
    outbox.next_action(0)
    assert outbox.next_action(5) == Still()

    outbox.welcome(5.7)

    assert outbox.next_action(5) == MoveAt(5.7)
    assert isinstance(outbox.next_action(5.7), Move)


def test_readers_of_a_large_room_show_no_cursor() -> None:
    outbox = CursorOutbox()
    outbox.may_write, outbox.occupants = False, AUDIENCE + 1
    outbox.put(7, at(1))
    assert outbox.next_action(0) == Still()

    outbox.may_write = True

    assert isinstance(outbox.next_action(0), Move)


def test_more_tabs_than_others_would_take_are_not_sent() -> None:
    outbox = CursorOutbox()
    for client in range(100):
        outbox.put(client, at(1))

    action = outbox.next_action(0)

    assert isinstance(action, Move)
    assert len(action.states) == 16
    assert outbox.next_action(1) == Still()


def test_movement_is_forgotten_after_a_while() -> None:
    movement = Movement()
    movement.moved("romeo", 0)
    movement.moved("juliet", 5)
    movement.left("juliet")

    assert movement.count(MOVING_FOR - 0.1) == 1
    assert movement.count(MOVING_FOR) == 0
