"""What somebody does without saying anything: they write (XEP-0085), or have read (XEP-0333). Nobody keeps it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Final

from xmpp_bridge.chat.message import Displayed, StanzaId, Typing

CHAT_STATES: Final = "http://jabber.org/protocol/chatstates"  # XEP-0085
MARKERS: Final = "urn:xmpp:chat-markers:0"  # XEP-0333


def state_to_xml(state: Typing | Displayed) -> ET.Element:
    match state:
        case Typing(active):
            return ET.Element(f"{{{CHAT_STATES}}}{'composing' if active else 'active'}")
        case Displayed(through):
            return ET.Element(f"{{{MARKERS}}}displayed", id=through)


def read_state(found: Mapping[str, ET.Element]) -> Typing | Displayed | None:
    """What the elements of a message, by their tags, say; None for nothing of the kind.

    A marker that names a message by anything but the room's own id says nothing: nobody vouches for other ids.
    """
    displayed = found.get(f"{{{MARKERS}}}displayed")
    if displayed is not None:
        through = displayed.get("id", "")
        plain = through.isascii() and through.isdecimal() and through == str(int(through))
        return Displayed(StanzaId(through)) if plain and int(through) < 2**53 else None
    if f"{{{CHAT_STATES}}}composing" in found:
        return Typing(active=True)
    quiet = ("active", "paused", "inactive", "gone")
    if any(f"{{{CHAT_STATES}}}{state}" in found for state in quiet):
        return Typing(active=False)
    return None
