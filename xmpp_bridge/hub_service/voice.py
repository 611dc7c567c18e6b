"""What the service says over XMPP: to a document's room, and to single Jupyter servers."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from uuid import uuid4

from slixmpp import JID

from xmpp_bridge.documents.stanza import Payload, to_xml
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.component import Component


class Voice:
    """Says nothing while the component is down: whoever comes back syncs, and hears more than this."""

    def __init__(self, component: Component, addresses: Addresses) -> None:
        self._component = component
        self._addresses = addresses

    def say(self, document: DocumentId, payload: Payload) -> None:
        """To everybody in the document's room, where the service must have a place."""
        stream = self._component.current
        if stream is not None:
            room = self._addresses.document(document)
            stream.rooms.send_groupchat(room, uuid4().hex, (to_xml(payload),))

    def tell(self, recipient: JID, payload: Payload) -> None:
        """To one Jupyter server; a headline, so it is never stored for those who are away."""
        self.pass_on(recipient, to_xml(payload))

    def write(self, recipient: JID, body: str) -> None:
        """To a person, wherever they read; kept by the XMPP server for one who is away."""
        stream = self._component.current
        if stream is not None:
            stream.make_message(recipient, body, mtype="chat").send()

    def invite(self, recipient: JID, invitation: Iterable[ET.Element]) -> None:
        """To a person's own clients: Jupyter servers have a negative priority, and are passed over."""
        stream = self._component.current
        if stream is not None:
            message = stream.make_message(recipient, mtype="normal")
            message.xml.extend(invitation)
            message.send()

    def pass_on(self, recipient: JID, payload: ET.Element) -> None:
        """The same for what is not about a document."""
        stream = self._component.current
        if stream is not None:
            message = stream.make_message(recipient, mtype="headline")
            message.xml.append(payload)
            message.send()
