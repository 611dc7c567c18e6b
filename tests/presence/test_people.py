"""What happens to a person meanwhile is one change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xmpp_bridge.presence.announcement import At
from xmpp_bridge.presence.condition import ABSENT, Choice, Condition, Device, Show
from xmpp_bridge.presence.people import People
from xmpp_bridge.rooms.identifiers import DocumentId

NOON = datetime(1997, 7, 16, 12, tzinfo=UTC)
LAB = Condition(Show.AVAILABLE, Device.LAB)
AT = At(DocumentId("d" * 32), "c1", 1)


@pytest.fixture
def people() -> People:
    return People(Choice.AUTO, lambda: NOON)


def test_a_change_is_told_once_and_what_is_no_change_is_not(people: People) -> None:
    people.connected("romeo", "lab", LAB)
    people.connected("romeo", "lab", LAB)
    assert people.take_changed() == {"romeo"}
    assert not people.has_changed
    people.connected("romeo", "lab", LAB)
    assert people.take_changed() == frozenset()


def test_who_has_left_was_there_until_now(people: People) -> None:
    people.connected("romeo", "lab", LAB)
    people.works("romeo", "lab", AT)
    people.disconnected("romeo", "lab")
    assert people.seen("romeo") == ABSENT
    assert people.since("romeo") == NOON
    assert people.at("romeo") is None


def test_who_hides_has_left_for_all_that_others_can_tell(people: People) -> None:
    people.connected("romeo", "lab", LAB)
    people.works("romeo", "lab", AT)
    people.choose({"romeo": Choice.HIDDEN})
    assert (people.seen("romeo"), people.since("romeo"), people.at("romeo")) == (ABSENT, NOON, None)
    people.choose({})
    assert people.seen("romeo").show is Show.AVAILABLE
    assert people.at("romeo") == AT


def test_ones_own_servers_hear_of_a_choice_even_if_others_see_no_change(people: People) -> None:
    people.choose({"romeo": Choice.HIDDEN})
    assert people.take_changed() == {"romeo"}


def test_only_the_place_that_said_it_takes_back_where_somebody_works(people: People) -> None:
    people.connected("romeo", "one", LAB)
    people.connected("romeo", "two", LAB)
    people.works("romeo", "one", AT)
    people.works("romeo", "two", None)
    assert people.at("romeo") == AT
    people.works("romeo", "one", None)
    assert people.at("romeo") is None


def test_when_we_were_away_nobody_is_anywhere(people: People) -> None:
    people.connected("romeo", "one", LAB)
    people.forget()
    assert people.seen("romeo") == ABSENT
