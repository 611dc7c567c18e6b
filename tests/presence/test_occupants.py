"""Who is in a room, from its presence stanzas."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from slixmpp import JID

from xmpp_bridge.presence.occupants import Changed, Joined, Left, Occupants
from xmpp_bridge.presence.stanza import AWARENESS, Identity
from xmpp_bridge.xmpp.muc import Occupant

PLAIN = ET.fromstring("<presence/>")


def romeo(role: str = "participant", resource: str = "jupyter") -> Occupant:
    return Occupant("romeo", JID(f"romeo@montague.lit/{resource}"), "member", role)


def dressed(color: str) -> ET.Element:
    return ET.fromstring(
        f"<presence><identity xmlns='{AWARENESS}' display-name='Romeo' color='{color}'/></presence>"
    )


def test_somebody_comes_changes_and_goes() -> None:
    occupants = Occupants()

    assert occupants.present(romeo(), PLAIN) == Joined(romeo())
    assert occupants.present(romeo(), PLAIN) is None
    assert occupants.present(romeo("visitor"), PLAIN) == Changed(romeo("visitor"))
    assert occupants.get("romeo") == romeo("visitor")
    assert len(occupants) == 1
    assert occupants.left(romeo("none")) == Left(romeo("visitor"))
    assert occupants.left(romeo()) is None
    assert occupants.get("romeo") is None


def test_somebody_else_under_the_same_nick_is_somebody_else() -> None:
    occupants = Occupants()
    occupants.present(romeo(), PLAIN)

    assert occupants.present(romeo(resource="gpu"), PLAIN) == Joined(romeo(resource="gpu"))


def test_how_somebody_wants_to_look_is_known() -> None:
    occupants = Occupants()
    occupants.present(romeo(), dressed("#ff8800"))

    assert occupants.identity("romeo") == Identity("Romeo", "#ff8800")
    assert occupants.present(romeo(), dressed("#008800")) == Changed(romeo())
    assert occupants.identity("juliet") is None


def test_a_vain_colour_keeps_nobody_out() -> None:
    occupants = Occupants()

    assert occupants.present(romeo(), dressed("puce")) == Joined(romeo())
    assert occupants.identity("romeo") is None
