"""What other clients show of a person or a room, without I/O: vcard-temp (XEP-0054, 0153) and avatars (XEP-0084).

The name on a card is the hub's; the rest is what its owner has written with a client of theirs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Final

VCARD: Final = "vcard-temp"
AVATAR: Final = "urn:xmpp:avatar:data"
METADATA: Final = "urn:xmpp:avatar:metadata"
PNG: Final = "image/png"


@dataclass(frozen=True, slots=True)
class Card:
    """A name and a picture (PNG); empty for what is not there."""

    name: str = ""
    picture: bytes = field(default=b"", repr=False)

    @property
    def hash(self) -> str:
        """How clients call the picture (XEP-0153, section 3.1; XEP-0084, section 3); empty without one."""
        return hash_of(self.picture)


def hash_of(picture: bytes) -> str:
    """SHA-1, as the XEPs have it: a name, not a protection."""
    return hashlib.sha1(picture, usedforsecurity=False).hexdigest() if picture else ""


def read_vcard(vcard: ET.Element | None) -> Card:
    """What a vCard says; anybody may have written anything into it."""
    if vcard is None:
        return Card()
    photo = vcard.findtext(f"{{{VCARD}}}PHOTO/{{{VCARD}}}BINVAL") or ""
    try:
        picture = base64.b64decode("".join(photo.split()), validate=True)
    except (binascii.Error, ValueError):
        picture = b""
    return Card(vcard.findtext(f"{{{VCARD}}}FN") or "", picture)


def vcard_to_xml(card: Card, kept: ET.Element | None) -> ET.Element:
    """The vCard with this name and picture; everything else in it stays as it is."""
    vcard = ET.Element(f"{{{VCARD}}}vCard")
    ours = {f"{{{VCARD}}}FN", f"{{{VCARD}}}PHOTO"}
    ET.SubElement(vcard, f"{{{VCARD}}}FN").text = card.name
    vcard.extend(child for child in kept if child.tag not in ours) if kept is not None else None
    photo = ET.SubElement(vcard, f"{{{VCARD}}}PHOTO")
    ET.SubElement(photo, f"{{{VCARD}}}TYPE").text = PNG
    ET.SubElement(photo, f"{{{VCARD}}}BINVAL").text = base64.b64encode(card.picture).decode()
    return vcard


def avatar_to_xml(card: Card) -> ET.Element:
    """The picture as an item of its own (XEP-0084, section 4.1)."""
    data = ET.Element(f"{{{AVATAR}}}data")
    data.text = base64.b64encode(card.picture).decode()
    return data


def metadata_to_xml(card: Card) -> ET.Element:
    """That there is a picture, and which (XEP-0084, section 4.2)."""
    metadata = ET.Element(f"{{{METADATA}}}metadata")
    size = str(len(card.picture))
    ET.SubElement(metadata, f"{{{METADATA}}}info", id=card.hash, bytes=size, type=PNG)
    return metadata
