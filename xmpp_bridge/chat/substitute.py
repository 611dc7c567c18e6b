"""The parts of a body that only stand in for what a client may not know (XEP-0428); characters as in XEP-0426."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Final

_PLACE = re.compile(r"[0-9]{1,8}")
FALLBACK: Final = "urn:xmpp:fallback:0"


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start` to `end` of the body stand in for what is in the namespace `of`."""

    of: str
    start: int
    end: int


def fallback(of: str, part: Part | None = None) -> ET.Element:
    """All of the body, or a part of it."""
    element = ET.Element(f"{{{FALLBACK}}}fallback", {"for": of})
    place = {} if part is None else {"start": str(part.start), "end": str(part.end)}
    ET.SubElement(element, f"{{{FALLBACK}}}body", place)
    return element


def without_substitutes(body: str, children: Iterable[ET.Element], known: Container[str]) -> str:
    """What is left for a reader who knows these namespaces."""
    kept = body
    for part in sorted(_parts(body, children, known), key=lambda each: -each.start):
        kept = kept[: part.start] + kept[part.end :]
    return kept


def _parts(body: str, children: Iterable[ET.Element], known: Container[str]) -> list[Part]:
    """Those which can be taken out one by one; the others are left as text."""
    found: list[Part] = []
    for child in children:
        of = child.get("for", "")
        if child.tag != f"{{{FALLBACK}}}fallback" or of not in known:
            continue
        for element in child.iterfind(f"{{{FALLBACK}}}body"):
            start, end = element.get("start", "0"), element.get("end", str(len(body)))
            if not (_PLACE.fullmatch(start) and _PLACE.fullmatch(end)):
                continue
            part = Part(of, int(start), int(end))
            apart = all(part.end <= each.start or each.end <= part.start for each in found)
            if part.start < part.end <= len(body) and apart:
                found.append(part)
    return found
