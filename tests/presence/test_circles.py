"""Who may know of whom."""

from __future__ import annotations

from xmpp_bridge.presence.circles import Circles, Reach

EVERYBODY = ("romeo", "juliet", "nurse", "paris")
ROOMS = [("orchard", "romeo"), ("orchard", "juliet"), ("kitchen", "juliet"), ("kitchen", "nurse")]
GROUPS = [("kinsmen", "paris"), ("kinsmen", "romeo")]


def test_whoever_shares_a_room_and_nobody_else() -> None:
    circles = Circles(Reach.ROOMS, EVERYBODY, ROOMS, GROUPS)
    assert circles.around("romeo") == {"juliet"}
    assert circles.around("juliet") == {"romeo", "nurse"}
    assert circles.around("paris") == frozenset()
    assert circles.in_common("romeo", "juliet") == ("orchard",)
    assert circles.in_common("romeo", "nurse") == ()


def test_or_a_group_where_the_hub_wishes_that() -> None:
    assert Circles(Reach.GROUPS, EVERYBODY, ROOMS, GROUPS).around("romeo") == {"juliet", "paris"}


def test_or_everybody() -> None:
    assert Circles(Reach.ALL, EVERYBODY, ROOMS).around("paris") == {"romeo", "juliet", "nurse"}


def test_whoever_is_gone_from_the_hub_is_around_nobody() -> None:
    assert Circles(Reach.ROOMS, {"romeo"}, ROOMS).around("romeo") == frozenset()


def test_it_matters_to_those_in_the_room_that_changed_and_to_who_left_it() -> None:
    before = Circles(Reach.ROOMS, EVERYBODY, ROOMS)
    after = Circles(Reach.ROOMS, EVERYBODY, [*ROOMS[:3], ("cell", "paris")])
    assert after.moved(before) == {"juliet", "nurse", "paris"}
    assert before.moved(before) == frozenset()


def test_who_comes_to_the_hub_matters_to_those_around() -> None:
    before = Circles(Reach.ROOMS, {"romeo"}, ROOMS)
    assert Circles(Reach.ROOMS, EVERYBODY, ROOMS).moved(before) == {"romeo", "juliet", "nurse"}


def test_near_is_who_shares_a_room_however_far_one_may_look() -> None:
    for reach in Reach:
        circles = Circles(reach, EVERYBODY, ROOMS, GROUPS)
        assert circles.near("romeo") == {"juliet"}
        assert circles.near("paris") == frozenset()
