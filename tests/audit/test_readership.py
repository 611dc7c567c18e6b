"""Who could read a room at each moment, by what the record says."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.audit.readership import Belonging, Readership

ORCHARD = "a" * 32
ROMEO, JULIET = 1, 2


def told(*events: tuple[Any, ...]) -> Readership:
    """Of kind, action, about, content."""
    readership = Readership()
    readership.take(_entry("account", "created", ROMEO), {"hub_user": "romeo"})
    readership.take(_entry("account", "created", JULIET), {"hub_user": "juliet"})
    readership.take(_entry("room", "created", None), {"name": "Orchard"})
    for kind, action, about, content in events:
        readership.take(_entry(kind, action, about), content)
    return readership


def _entry(kind: str, action: str, about: int | None) -> dict[str, Any]:
    return {"kind": kind, "action": action, "about": about, "room": ORCHARD}


IN = ("membership", "set", ROMEO, {"role": "owner"})


def test_members_read_and_whoever_is_removed_does_not() -> None:
    both = told(IN, ("membership", "known", JULIET, {"role": "viewer"}))
    assert both.of(ORCHARD) == ["juliet", "romeo"]
    out = told(IN, ("membership", "set", JULIET, {}), ("membership", "removed", JULIET, None))
    assert out.of(ORCHARD) == ["romeo"]
    assert told(IN, ("room", "removed", None, {})).of(ORCHARD) == []
    assert told(IN).of("b" * 32) == told(IN).of(None) == []


def test_whoever_is_no_user_any_more_is_in_and_cannot_read() -> None:
    away = told(IN, ("account", "disabled", ROMEO, {"hub_user": "romeo"}))
    assert away.of(ORCHARD) == []
    assert away.people(ORCHARD) == [Belonging("romeo", "owner", could_read=False)]
    back = told(IN, ("account", "disabled", ROMEO, {}), ("account", "changed", ROMEO, {}))
    assert back.of(ORCHARD) == ["romeo"]


def test_why_somebody_is_in_lets_nobody_in() -> None:
    reasons = told(
        IN,
        ("membership", "group-set", None, {"group": "capulets", "role": "viewer"}),
        ("membership", "mute", ROMEO, {"reason": "a duel"}),
        ("membership", "ban-lifted", JULIET, {}),
    )
    assert reasons.people(ORCHARD) == [Belonging("romeo", "owner", could_read=True)]


def test_a_guest_of_another_server_reads_until_dismissed() -> None:
    paris = {"guest": "paris@verona.lit"}
    here = told(IN, ("membership", "guest-set", None, paris))
    assert here.of(ORCHARD) == ["paris@verona.lit", "romeo"]
    gone = told(
        IN, ("membership", "guest-set", None, paris), ("membership", "guest-removed", None, paris)
    )
    assert gone.of(ORCHARD) == ["romeo"]


def test_a_room_is_called_what_it_was_called_last() -> None:
    assert told().title(ORCHARD) == "Orchard"
    assert told(("room", "renamed", None, {"name": "Tomb"})).title(ORCHARD) == "Tomb"
    assert told(("room", "removed", None, None)).title(ORCHARD) == "Orchard"
    assert told().title("b" * 32) == ""
