"""A direct invitation (XEP-0249): how somebody's own client hears of a room at once that they were let into."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final

CONFERENCE: Final = "{jabber:x:conference}x"
NO_STORE: Final = "{urn:xmpp:hints}no-store"


def invitation_to_xml(room: str, reason: str) -> list[ET.Element]:
    """For who reads now; whoever is away finds the room among their bookmarks."""
    return [ET.Element(CONFERENCE, jid=room, reason=reason), ET.Element(NO_STORE)]


def join_link(room: str) -> str:
    """An address that opens the room in the XMPP client of whoever follows it (XEP-0147, XEP-0045 section 17)."""
    return f"xmpp:{room}?join"
