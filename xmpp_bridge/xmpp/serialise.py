"""Stanzas as text. slixmpp looks at each letter by itself: a keystroke waits for that, and a paste for long."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final

XML: Final = "http://www.w3.org/XML/1998/namespace"
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;"}
)


def serialise(element: ET.Element, namespace: str) -> str:
    """The element within an element of `namespace`; of its attributes only `xml:` may have a namespace of its own."""
    pieces: list[str] = []
    _write(element, namespace, pieces)
    return "".join(pieces)


def _write(element: ET.Element, outer: str, pieces: list[str]) -> None:
    inner, _, name = element.tag.rpartition("}")
    inner = inner[1:]
    pieces.append(f"<{name}" if inner == outer else f'<{name} xmlns="{inner}"')
    for key, value in element.attrib.items():
        pieces.append(f' {_attribute(key)}="{value.translate(_ESCAPES)}"')
    if not (element.text or len(element)):
        pieces.append("/>")
        return
    pieces.append(">")
    if element.text:
        pieces.append(element.text.translate(_ESCAPES))
    for child in element:
        _write(child, inner, pieces)
        if child.tail:
            pieces.append(child.tail.translate(_ESCAPES))
    pieces.append(f"</{name}>")


def _attribute(key: str) -> str:
    if key[0] != "{":
        return key
    namespace, _, name = key[1:].partition("}")
    if namespace != XML:
        raise ValueError(f"no prefix is known for {namespace}")
    return f"xml:{name}"
