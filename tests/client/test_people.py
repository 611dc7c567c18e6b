"""Who is there, as frames tell."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.client.test_bridge import PRESENCE, ROOM
from xmpp_bridge.client import Person, Presence
from xmpp_bridge.client.people import People
from xmpp_bridge.xmpp.errors import BadPayloadError

JULIET = Presence(
    Person("juliet", "Juliet", "juliet@montague.lit"),
    "away",
    ("lab", "phone"),
    datetime(2026, 11, 20, 9, tzinfo=UTC),
    (ROOM,),
    "d" * 32,
    3,
)


def test_all_but_oneself_as_they_are_now() -> None:
    people = People()
    people.hear({"kind": "state", "me": {"username": "romeo"}})
    mine = PRESENCE | {"username": "romeo"}
    people.hear({"kind": "people", "whole": True, "gone": [], "people": [PRESENCE, mine]})
    assert people.all == (JULIET,)
    people.hear({"kind": "people", "whole": False, "gone": ["juliet"], "people": []})
    assert not people.all


def test_what_is_nobody_is_refused() -> None:
    with pytest.raises(BadPayloadError):
        People().hear(
            {"kind": "people", "whole": True, "gone": [], "people": [{"username": "j", "at": None}]}
        )
