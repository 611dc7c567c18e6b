"""Questions to other addresses that the XMPP server leaves to us (XEP-0355); the only file that knows their XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Final

from xmpp_bridge.xmpp.errors import BadPayloadError

DELEGATION: Final = "urn:xmpp:delegation:1"
"""COMPAT(ejabberd 23.01): the version it speaks."""
FORWARD: Final = "urn:xmpp:forward:0"  # XEP-0297
CLIENT: Final = "jabber:client"
INFO: Final = "http://jabber.org/protocol/disco#info"  # XEP-0030
STANZAS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
NODE: Final = f"{DELEGATION}:"
"""How every node begins under which the XMPP server asks what we take over."""


def of_accounts(namespace: str) -> str:
    """The node of questions to bare JIDs of accounts (section 4.4.2)."""
    return f"{DELEGATION}:bare:{namespace}"


@dataclass(frozen=True, slots=True)
class Delegated:
    """What somebody has asked of an account; `sender` and `account` are JIDs as the XMPP server vouches for them."""

    iq: ET.Element
    sender: str
    account: str

    @property
    def is_set(self) -> bool:
        return self.iq.get("type") == "set"


def read_delegated(stanza: ET.Element) -> Delegated:
    """Parse what the XMPP server hands over (section 4.2), or raise BadPayloadError."""
    iq = stanza.find(f"{{{DELEGATION}}}delegation/{{{FORWARD}}}forwarded/{{{CLIENT}}}iq")
    if iq is None or iq.get("type") not in ("get", "set") or not iq.get("id"):
        raise BadPayloadError("nothing that was asked is handed over")
    sender, account = iq.get("from"), iq.get("to")
    if not sender or not account:
        raise BadPayloadError("a question is from somebody, to somebody")
    return Delegated(iq, sender, account)


def result_to_xml(asked: Delegated, *payload: ET.Element) -> ET.Element:
    """The answer, to be handed back."""
    return _handed_back(asked, "result", *payload)


def refusal_to_xml(asked: Delegated, kind: str, condition: str, text: str) -> ET.Element:
    """Why there is no answer (RFC 6120, section 8.3)."""
    error = ET.Element(f"{{{CLIENT}}}error", type=kind)
    ET.SubElement(error, f"{{{STANZAS}}}{condition}")
    ET.SubElement(error, f"{{{STANZAS}}}text").text = text
    return _handed_back(asked, "error", error)


def features_to_xml(node: str, namespace: str) -> ET.Element:
    """That we take over these questions, and what their addressee knows by that (section 4.4)."""
    query = ET.Element(f"{{{INFO}}}query", node=node)
    ET.SubElement(query, f"{{{INFO}}}feature", var=namespace)
    return query


def _handed_back(asked: Delegated, kind: str, *payload: ET.Element) -> ET.Element:
    delegation = ET.Element(f"{{{DELEGATION}}}delegation")
    forwarded = ET.SubElement(delegation, f"{{{FORWARD}}}forwarded")
    iq = ET.SubElement(
        forwarded,
        f"{{{CLIENT}}}iq",
        {
            "type": kind,
            "id": asked.iq.get("id", ""),
            "from": asked.account,
            "to": asked.sender,
        },
    )
    iq.extend(payload)
    return delegation
