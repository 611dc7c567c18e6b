"""Only the service raises an alarm."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any, cast

import pytest
from slixmpp import Message
from slixmpp.xmlstream.handler import Callback

from xmpp_bridge.accounts.stanza import locked_to_xml
from xmpp_bridge.server_extension.alarms import listen_for_alarms
from xmpp_bridge.xmpp.stream import Stream

SERVICE = "xmpp-bridge@bridge.montague.lit"


class FakeStream:
    handler: Callback

    def register_handler(self, handler: Callback) -> None:
        self.handler = handler


def told(sender: str, kind: str, element: ET.Element) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    stream = FakeStream()
    listen_for_alarms(cast("Stream", stream), lambda jid: jid == SERVICE, frames.append)
    message = Message()  # type: ignore[no-untyped-call]
    message["from"], message["type"] = sender, kind
    message.xml.append(element)
    if stream.handler.match(message):
        stream.handler.run(message)
    return frames


def test_somebody_guesses_at_an_app_password() -> None:
    frames = told(f"{SERVICE}/service", "headline", locked_to_xml("Phone"))
    assert frames == [{"kind": "locked", "label": "Phone"}]


@pytest.mark.parametrize(
    ("sender", "kind", "element"),
    [
        ("tybalt@montague.lit/x", "headline", locked_to_xml("Phone")),
        (SERVICE, "chat", locked_to_xml("Phone")),
        (SERVICE, "headline", locked_to_xml("Phone\n" * 99)),
        (SERVICE, "headline", ET.Element("{urn:xmpp-bridge:account:0}unlocked")),
    ],
    ids=["somebody else", "no headline", "no label", "another element"],
)
def test_nothing_else_is_an_alarm(sender: str, kind: str, element: ET.Element) -> None:
    assert told(sender, kind, element) == []
