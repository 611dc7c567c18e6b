"""Awareness and identity as stanza payloads; the only file that knows their XML (docs/protocol.md)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from xmpp_bridge.xmpp.encoding import read_deflated, write_deflated
from xmpp_bridge.xmpp.errors import BadPayloadError

AWARENESS: Final = "urn:xmpp-bridge:awareness:0"

_COLOR = re.compile(r"#[0-9a-fA-F]{6}|var\(--[a-z0-9-]{1,48}\)")
_MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Awareness:
    """Moves of cursors, as a y-protocols awareness update."""

    update: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """How somebody would like to be shown; who they are says only their JID."""

    display_name: str
    color: str | None = None


def to_xml(payload: Awareness | Identity) -> ET.Element:
    """Return the payload as an element to be put into a message or a presence."""
    match payload:
        case Awareness(update):
            element = ET.Element(f"{{{AWARENESS}}}awareness")
            write_deflated(element, update)
        case Identity(display_name, color):
            element = ET.Element(f"{{{AWARENESS}}}identity", {"display-name": display_name})
            if color is not None:
                element.set("color", color)
    return element


def read_awareness_payload(stanza: Iterable[ET.Element]) -> Awareness | None:
    """Return the awareness among the children of a message, or raise `BadPayloadError` or `TooLargeError`."""
    element = _only(stanza, "awareness")
    return None if element is None else Awareness(read_deflated(element))


def read_identity(stanza: Iterable[ET.Element]) -> Identity | None:
    """Return the identity among the children of a presence, or raise `BadPayloadError`."""
    element = _only(stanza, "identity")
    if element is None:
        return None
    name, color = element.get("display-name", ""), element.get("color")
    if not 0 < len(name) <= _MAX_NAME or not name.isprintable():
        raise BadPayloadError("a display name is one line")
    if color is not None and not _COLOR.fullmatch(color):
        raise BadPayloadError("a colour is #rrggbb or the name of one of the theme's")
    return Identity(name, color)


def _only(stanza: Iterable[ET.Element], name: str) -> ET.Element | None:
    found = [child for child in stanza if child.tag == f"{{{AWARENESS}}}{name}"]
    if len(found) > 1:
        raise BadPayloadError(f"a stanza carries one <{name}/>")
    return found[0] if found else None
