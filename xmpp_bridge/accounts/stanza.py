"""What the service tells a person's Jupyter servers about their account; the only file that knows its XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final

from xmpp_bridge.accounts.app_password import read_label

ACCOUNT: Final = "urn:xmpp-bridge:account:0"
LOCKED: Final = f"{{{ACCOUNT}}}locked"


def locked_to_xml(label: str) -> ET.Element:
    """Somebody guesses at the app password of this label."""
    return ET.Element(LOCKED, label=label)


def read_locked(element: ET.Element) -> str:
    """The label of the app password; BadPayloadError if it can be none."""
    return read_label(element.get("label", ""))
