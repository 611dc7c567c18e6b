"""What a client is, asked once for each version, and believed only for its own."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from xmpp_bridge.presence.condition import Device
from xmpp_bridge.presence.devices import Devices, device_of, is_truly
from xmpp_bridge.xmpp.errors import UnavailableError

# XEP-0115, section 5.2.
EXODUS = """<query xmlns='http://jabber.org/protocol/disco#info'>
  <identity category='client' name='Exodus 0.9.1' type='pc'/>
  <feature var='http://jabber.org/protocol/caps'/>
  <feature var='http://jabber.org/protocol/disco#info'/>
  <feature var='http://jabber.org/protocol/disco#items'/>
  <feature var='http://jabber.org/protocol/muc'/></query>"""
EXODUS_IS = "QgayPKawpkPSDYmwT/WM94uAlu0="
PHONE = """<query xmlns='http://jabber.org/protocol/disco#info'>
  <identity category='client' name='C' type='phone'/></query>"""


def test_the_version_is_computed_as_the_xep_does() -> None:
    assert is_truly(ET.fromstring(EXODUS), EXODUS_IS)
    assert not is_truly(ET.fromstring(PHONE), EXODUS_IS)


def test_phones_say_that_they_are_phones() -> None:
    assert device_of(ET.fromstring(PHONE)) is Device.PHONE
    assert device_of(ET.fromstring(EXODUS)) is Device.OTHER


class Clients:
    """Answer what they are told to."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def ask(self, node: str) -> ET.Element:
        self.asked.append(node)
        if self.answer is None:
            raise UnavailableError("no answer")
        return ET.fromstring(self.answer)


async def test_a_version_is_asked_for_once() -> None:
    devices, exodus = Devices(), Clients(EXODUS)
    caps = ("sha-1", "http://code.google.com/p/exodus", EXODUS_IS)
    assert devices.known(caps) is None
    assert await devices.find(caps, exodus.ask) is Device.OTHER
    assert exodus.asked == [f"http://code.google.com/p/exodus#{EXODUS_IS}"]
    assert devices.known(caps) is Device.OTHER
    assert devices.known(None) is Device.OTHER


async def test_nobody_speaks_for_the_clients_of_others() -> None:
    devices = Devices()
    caps = ("sha-1", "http://code.google.com/p/exodus", EXODUS_IS)
    assert await devices.find(caps, Clients(PHONE).ask) is Device.PHONE
    assert devices.known(caps) is None


async def test_who_does_not_answer_is_like_any_other() -> None:
    devices = Devices()
    assert await devices.find(("sha-1", "n", "v"), Clients(None).ask) is Device.OTHER
