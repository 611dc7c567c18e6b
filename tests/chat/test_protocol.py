"""The examples of docs/protocol-chat.md are what we read and write."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import fromstring, tostring

from xmpp_bridge.chat.about import About
from xmpp_bridge.chat.message import (
    Archived,
    Attachment,
    CellReference,
    ChatMessage,
    Moderation,
    Payload,
    Reaction,
    Resolution,
    RoomsChanged,
    StanzaId,
)
from xmpp_bridge.chat.stanza import read_payload, to_xml

CLIENT = "jabber:client"
PAGE = Path(__file__).parents[2] / "docs" / "protocol-chat.md"
EXAMPLES = re.findall(r"```xml\n(.*?)```", PAGE.read_text(), re.DOTALL)
HUB = "https://hub.montague.lit"
DOCUMENT = "0" * 31 + "d"
LINK = f"{HUB}/hub/user-redirect/lab?xmpp-document={DOCUMENT}&xmpp-cell=a1b2"
CELL = CellReference(DOCUMENT, "a1b2", "daylight.ipynb", "plot(light)", LINK)
MOON = Attachment(f"{HUB}/services/xmpp-bridge/moon.png", "moon.png", 2048, "image/png")
AY_ME = About("Juliet", ChatMessage("Ay me!"))
MEANT: list[Payload] = [
    Archived(StanzaId("1795165260000000")),
    ChatMessage("This should be a log scale", cell=CELL),
    Resolution(StanzaId("1795165260000000"), resolved=True),
    ChatMessage("She speaks", reply_to=StanzaId("1795165260000000")),
    Reaction(StanzaId("1795165260000000"), ("👍",)),
    ChatMessage("The moon", attachments=(MOON,)),
    Moderation(StanzaId("1795165260000000"), "romeo@montague.lit", "off topic"),
    RoomsChanged(),
]


def test_each_example_is_read_as_it_is_meant() -> None:
    assert [read_payload(list(fromstring(example)), CLIENT) for example in EXAMPLES] == MEANT


def test_what_we_write_is_what_the_examples_show() -> None:
    for example, payload in zip(EXAMPLES, MEANT, strict=True):
        shown = [tostring(child).strip() for child in fromstring(example)]
        assert [tostring(child) for child in to_xml(payload, CLIENT, AY_ME)] == shown
