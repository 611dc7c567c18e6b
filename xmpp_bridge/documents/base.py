"""What a file was at its last save, where three-way merges begin; and which save that was, without I/O.

A save is two steps, the file and the note of it, and the process may die between them. So what is about to be saved is
noted before, as pending. Afterwards the file on disk, perhaps edited since, comes from one of the two.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from xmpp_bridge.documents.merge import three_way


@dataclass(frozen=True, slots=True)
class Base:
    """The document's state when the file was last saved, and what the file was then."""

    state: bytes = field(repr=False)
    content: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """A save that may or may not have reached the file; `before` is what it was to replace, if there is no base yet."""

    base: Base
    before: Any = field(repr=False, default=None)


def base_of(
    on_disk: Any, base: Base | None, pending: Pending | None, file_type: str
) -> Base | None:
    """The base from which the file became what it is on disk; None if it was never saved from the document.

    Both could be edited into anything, so the nearer one is it: from the other, the difference would hold what the save
    was about as well.
    """
    if pending is None:
        return base
    if on_disk == pending.base.content:
        return pending.base
    if base is None:
        if is_blank(on_disk):
            return None
        nearer = _likeness(on_disk, pending.base.content) > _likeness(on_disk, pending.before)
        return pending.base if nearer else None
    return min(pending.base, base, key=lambda candidate: _distance(candidate, on_disk, file_type))


def is_blank(content: Any) -> bool:
    """Whether nobody would miss it."""
    if isinstance(content, dict):
        return all(not cell.get("source") for cell in content.get("cells", []))
    return not content


def _distance(base: Base, on_disk: Any, file_type: str) -> int:
    """How many bytes it takes to say what was edited."""
    return len(three_way(base.state, base.content, on_disk, file_type) or b"")


def _likeness(one: Any, other: Any) -> float:
    if other is None:
        return 0.0
    return SequenceMatcher(None, _text(one), _text(other), autojunk=False).quick_ratio()


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content, sort_keys=True)
