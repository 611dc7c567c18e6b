"""What cannot be read here is shown as that."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from xmpp_bridge.chat.message import ChatMessage
from xmpp_bridge.chat.stanza import read_payload, to_xml

CLIENT = "jabber:client"
EME = "<encryption xmlns='urn:xmpp:eme:0' namespace='{0}' name='{1}'/>"
OMEMO = "eu.siacs.conversations.axolotl"


def read(xml: str) -> object:
    return read_payload(list(fromstring(f"<message xmlns='{CLIENT}'>{xml}</message>")), CLIENT)


@pytest.mark.parametrize(
    ("xml", "name"),
    [
        (EME.format(OMEMO, "OMEMO"), "OMEMO"),
        (EME.format("urn:xmpp:omemo:2", ""), "OMEMO"),
        (EME.format("urn:montague:0", "Friar"), "Friar"),
        (EME.format("urn:montague:0", "a" * 1000), "a" * 255),
        (EME.format("urn:montague:0", ""), "encryption"),
        (f"<encrypted xmlns='{OMEMO}'/>", "OMEMO"),
        ("<x xmlns='jabber:x:encrypted'>qANQR1DBwU4D</x>", "OpenPGP"),
    ],
)
def test_its_way_is_named_and_its_stand_in_is_not_shown(xml: str, name: str) -> None:
    body = "<body>I sent you an encrypted message, but your client cannot read it.</body>"

    assert read(body + xml) == ChatMessage("", encryption=name)
    assert read(xml + "<store xmlns='urn:xmpp:hints'/>") == ChatMessage("", encryption=name)


def test_an_ordinary_message_is_not_encrypted() -> None:
    assert read("<body>But soft!</body><x xmlns='jabber:x:oob'/>") == ChatMessage("But soft!")


@pytest.mark.parametrize("name", ["OMEMO", "Friar"])
def test_what_is_left_of_it_is_read_back(name: str) -> None:
    message = ChatMessage("", encryption=name)

    assert read_payload(to_xml(message, CLIENT), CLIENT) == message
