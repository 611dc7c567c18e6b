"""Who is in a room and how, from what the room tells."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from slixmpp import JID

from xmpp_bridge.presence.attendees import Attendees
from xmpp_bridge.presence.condition import Device, Seen, Show
from xmpp_bridge.xmpp.muc import Occupant

ROMEO = Occupant("Romeo", JID("romeo@montague.lit/jupyter"), "member", "participant")
PHONE = Occupant("R", JID("romeo@montague.lit/phone"), "member", "participant")
LAB = "<lab xmlns='urn:xmpp-bridge:presence:0'/>"
CAPS = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>"
ARE = ("sha-1", "n", "v")


def presence(inside: str = "") -> ET.Element:
    return ET.fromstring(f"<presence xmlns='jabber:client'>{inside}</presence>")


def test_a_person_is_one_under_whatever_nicks() -> None:
    room = Attendees()
    assert room.present(ROMEO, presence(f"<show>xa</show>{LAB}"), Device.OTHER)
    assert room.present(PHONE, presence(), Device.PHONE)
    assert room.people() == {"romeo@montague.lit": Seen(Show.AVAILABLE, (Device.PHONE,))}
    room.left("R")
    assert room.people() == {"romeo@montague.lit": Seen(Show.ABSENT, ())}


def test_the_same_again_is_no_news() -> None:
    room = Attendees()
    assert room.present(ROMEO, presence(LAB), Device.OTHER)
    assert not room.present(ROMEO, presence(LAB), Device.OTHER)
    assert room.present(ROMEO, presence(f"{LAB}<show>dnd</show>"), Device.OTHER)


def test_whose_real_address_the_room_hides_is_nobody() -> None:
    room = Attendees()
    assert not room.present(Occupant("x", None, "none", "visitor"), presence(), Device.OTHER)
    assert room.people() == {}


def test_what_a_client_is_may_be_known_only_later() -> None:
    room = Attendees()
    room.present(PHONE, presence(CAPS), Device.OTHER)
    assert room.learned("R", ARE, Device.PHONE)
    assert not room.learned("R", ARE, Device.PHONE), "no news"
    assert not room.learned("R", ("sha-1", "n", "other"), Device.OTHER), "it is another by now"
    assert not room.learned("gone", ARE, Device.PHONE)
    assert room.people()["romeo@montague.lit"].devices == (Device.PHONE,)


def test_a_lab_is_a_lab_whatever_its_client_says_that_it_is() -> None:
    room = Attendees()
    room.present(ROMEO, presence(LAB + CAPS), Device.OTHER)
    assert room.is_lab("Romeo")
    assert not room.learned("Romeo", ARE, Device.PHONE)
