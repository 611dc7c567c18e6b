"""The cell that a message is about: an element of our own, a link (XEP-0372), and words for who knows neither."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Final

from xmpp_bridge.chat.attachment import read_link
from xmpp_bridge.chat.message import MAX_EXCERPT, MAX_NAME, CellReference
from xmpp_bridge.chat.substitute import Part
from xmpp_bridge.xmpp.errors import BadPayloadError

CHAT: Final = "urn:xmpp-bridge:chat:0"
REFERENCE: Final = "urn:xmpp:reference:0"  # XEP-0372
CELL: Final = f"{{{CHAT}}}cell"

_ID = re.compile(r"[0-9a-f]{32}")
_CELL = re.compile(r"[A-Za-z0-9_-]{1,64}")  # nbformat, section "Cell ids"
# What XML 1.0 cannot say (section 2.2), and nobody would see: the XMPP server ends a stream that tries.
NOT_SHOWN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MOST_SHOWN: Final = 80


def in_words(cell: CellReference) -> str:
    """What other clients show of it: its document, how it begins, and where it opens."""
    beginning = cell.excerpt.strip().partition("\n")[0][:_MOST_SHOWN]
    about = f"{cell.name}: {beginning}" if beginning else cell.name
    return f"({about}) {cell.link}".rstrip()


def cell_to_xml(cell: CellReference, part: Part) -> list[ET.Element]:
    """The elements beside a body in which the words are that part."""
    element = ET.Element(CELL, document=cell.document, cell=cell.cell, name=cell.name)
    element.text = cell.excerpt
    if not cell.link:
        return [element]
    begin, end = str(part.start), str(part.end)
    tag = f"{{{REFERENCE}}}reference"
    return [element, ET.Element(tag, type="data", uri=cell.link, begin=begin, end=end)]


def cell_of(
    children: Sequence[ET.Element], found: Mapping[str, ET.Element]
) -> CellReference | None:
    """The cell that a message names; `found` are its children by their tags."""
    element = found.get(CELL)
    if element is None:
        return None
    links = [
        child.get("uri", "")
        for child in children
        if child.tag == f"{{{REFERENCE}}}reference" and child.get("type") == "data"
    ]
    link = links[0] if links else ""
    return read_cell({**element.attrib, "excerpt": element.text or "", "link": link})


def read_cell(fields: Mapping[str, str]) -> CellReference:
    """Parse where a cell is, and what it was called."""
    document, cell = fields.get("document", ""), fields.get("cell", "")
    if not _ID.fullmatch(document) or not _CELL.fullmatch(cell):
        raise BadPayloadError("a cell is named by its document's id and its own")
    name, excerpt, link = (fields.get(each, "") for each in ("name", "excerpt", "link"))
    if not 0 < len(name) <= MAX_NAME:
        raise BadPayloadError("a document has a name")
    return CellReference(
        document,
        cell,
        NOT_SHOWN.sub("", name),
        NOT_SHOWN.sub("", excerpt)[:MAX_EXCERPT],
        read_link(link) if link else "",
    )
