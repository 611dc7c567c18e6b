"""People in chats with clients of their own, as the service sees them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from slixmpp import JID

from tests.hub_service.fake_rooms import FakeComponent
from xmpp_bridge.hub_service.bystanders import Bystanders
from xmpp_bridge.presence.condition import Condition, Device, Show
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.muc import Occupant

ORCHARD = RoomId("1" * 32)
ROMEO = Occupant("Romeo", JID("romeo@montague.lit/phone"), "member", "participant")
PLACE = f"{ORCHARD}/Romeo"


class Told:
    """What the service was told of whom."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str, Condition | None]] = []

    def __call__(self, jid: str, place: str, condition: Condition | None) -> None:
        self.all.append((jid, place, condition))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def bystanders(told: Told) -> Bystanders:
    return Bystanders(FakeComponent(), told)


def presence(inside: str = "") -> ET.Element:
    return ET.fromstring(f"<presence xmlns='jabber:component:accept'>{inside}</presence>")


async def test_who_comes_and_goes_is_told_of(bystanders: Bystanders, told: Told) -> None:
    bystanders.present(ORCHARD, ROMEO, presence("<show>away</show>"))
    bystanders.left(ORCHARD, ROMEO)
    bystanders.left(ORCHARD, ROMEO)
    assert told.all == [
        ("romeo@montague.lit", PLACE, Condition(Show.AWAY, Device.OTHER)),
        ("romeo@montague.lit", PLACE, None),
    ]


async def test_labs_speak_for_themselves(bystanders: Bystanders, told: Told) -> None:
    lab = presence("<lab xmlns='urn:xmpp-bridge:presence:0'/>")
    bystanders.present(ORCHARD, ROMEO, lab)
    assert told.all == []
    bystanders.present(ORCHARD, ROMEO, presence())
    bystanders.present(ORCHARD, ROMEO, lab)
    assert told.all[-1] == ("romeo@montague.lit", PLACE, None), "a nick may pass to a lab"


async def test_without_a_place_nobody_is_seen(bystanders: Bystanders, told: Told) -> None:
    bystanders.present(ORCHARD, ROMEO, presence())
    bystanders.deaf(ORCHARD)
    bystanders.deaf(ORCHARD)
    assert [condition for _, _, condition in told.all[1:]] == [None]


async def test_whose_address_is_hidden_is_nobody(bystanders: Bystanders, told: Told) -> None:
    bystanders.present(ORCHARD, Occupant("x", None, "none", "visitor"), presence())
    assert told.all == []
