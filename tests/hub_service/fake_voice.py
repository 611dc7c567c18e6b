"""A voice that remembers what was said."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from slixmpp import JID

from xmpp_bridge.documents.stanza import Payload
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.rooms.identifiers import DocumentId


class FakeVoice(Voice):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[Payload] = []
        self.told: list[tuple[str, Payload]] = []
        self.passed_on: list[tuple[str, str]] = []
        self.invitations: list[tuple[str, dict[str, str]]] = []
        self.elements: list[tuple[str, ET.Element]] = []

    def say(self, document: DocumentId, payload: Payload) -> None:
        self.said.append(payload)

    def tell(self, recipient: JID, payload: Payload) -> None:
        self.told.append((recipient.full, payload))

    def invite(self, recipient: JID, invitation: Iterable[ET.Element]) -> None:
        first, *_ = invitation
        self.invitations.append((recipient.full, first.attrib))

    def pass_on(self, recipient: JID, payload: ET.Element) -> None:
        self.passed_on.append((recipient.full, payload.tag))
        self.elements.append((recipient.full, payload))
