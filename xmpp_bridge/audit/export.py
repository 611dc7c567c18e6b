"""Exports: what is looked for, in its order, as lines that can be checked elsewhere (docs/audit.md)."""

from __future__ import annotations

import csv
import io
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from xmpp_bridge.audit.event import Kind
from xmpp_bridge.audit.filters import EVERYTHING, Filters, Limits
from xmpp_bridge.audit.proofs import Proofs
from xmpp_bridge.audit.readership import KINDS, Readership
from xmpp_bridge.audit.reading import Kept, Reading


class Form(StrEnum):
    """How an export is written."""

    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"
    EML = "eml"


COLUMNS: Final = (
    *("index", "at", "kind", "action", "who", "about", "room", "document"),
    *("text", "readers", "content", "leaf"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Wanted:
    """What is to be exported: from the entry `first`, of the tree that had `size` of them."""

    filters: Filters
    limits: Limits
    first: int
    size: int

    @property
    def whole(self) -> bool:
        """Whether it has every entry, so that the tree can be made from it; else each brings its proof."""
        return self.filters == Filters() and self.limits.whole


class Piece(NamedTuple):
    """Some text of an export; how many entries it has, and from which one it would go on."""

    text: str
    entries: int
    next: int


Write = Callable[[Kept, Readership], str]


class Exporting:
    """Reads some entries at a time: an export of any length takes the same memory."""

    def __init__(self, reading: Reading, proofs: Proofs, origin: str) -> None:
        self._reading = reading
        self._proofs = proofs
        self._origin = origin

    async def jsonl(self, wanted: Wanted) -> AsyncIterator[Piece]:
        """As lines that `verify` reads."""
        header = {
            "origin": self._origin,
            "size": wanted.size,
            "first": wanted.first,
            "whole": wanted.whole,
            "filters": wanted.filters.told(),
        }
        yield Piece(_json({"export": header}), 0, wanted.first)
        total = 0
        readership = Readership()
        async for some, changes in self._stream(wanted):
            lines = []
            for kept in some:
                _take_until(kept, changes, readership)
                line = {**kept.line(), "readers": readership.of(kept.entry["room"])}
                if not wanted.whole:
                    hashes = await self._proofs.inclusion(kept.position, wanted.size)
                    line |= {"size": wanted.size, "proof": [each.hex() for each in hashes]}
                lines.append(_json(line))
            total += len(some)
            yield Piece("".join(lines), len(some), some[-1].position + 1)
        yield Piece(_json({"end": {"entries": total}}), 0, wanted.size)

    async def rows(self, wanted: Wanted, head: str, write: Write) -> AsyncIterator[Piece]:
        """The same in any other form; a part that goes on from another has no head."""
        yield Piece(head if wanted.first == 0 else "", 0, wanted.first)
        readership = Readership()
        async for some, changes in self._stream(wanted):
            pieces = []
            for kept in some:
                _take_until(kept, changes, readership)
                pieces.append(write(kept, readership))
            yield Piece("".join(pieces), len(some), some[-1].position + 1)

    async def _stream(self, wanted: Wanted) -> AsyncIterator[tuple[Sequence[Kept], deque[Kept]]]:
        """Those wanted, and what has changed who could read until the last of them."""
        taken = 0
        async for some in self._reading.stream(
            wanted.filters, wanted.limits, wanted.first, wanted.size
        ):
            end = some[-1].position + 1
            yield some, await self._changes(taken, end)
            taken = end

    async def _changes(self, first: int, end: int) -> deque[Kept]:
        """Of all rooms: what is left out of an export may have changed who could read, too."""
        found: list[Kept] = []
        for kind in KINDS:
            async for some in self._reading.stream(Filters(kind=kind), EVERYTHING, first, end):
                found += some
        return deque(sorted(found, key=lambda each: each.position))


def _take_until(kept: Kept, changes: deque[Kept], readership: Readership) -> None:
    while changes and changes[0].position <= kept.position:
        change = changes.popleft()
        readership.take(change.entry, change.content)


def csv_head() -> str:
    return _row(COLUMNS)


def csv_row(kept: Kept, readership: Readership) -> str:
    """One line; what a spreadsheet would take for a formula is not one any more."""
    entry, content = kept.entry, kept.content
    return _row(
        (
            kept.position,
            entry["at"],
            entry["kind"],
            entry["action"],
            readership.name(entry["account"]),
            readership.name(entry["about"]),
            entry["room"] or "",
            entry["document"] or "",
            text_of(kept),
            " ".join(readership.of(entry["room"])),
            "destroyed" if content is None else json.dumps(content, ensure_ascii=False),
            kept.leaf,
        )
    )


def text_of(kept: Kept) -> str:
    """What a person reads of it."""
    if kept.content is None:
        return "(destroyed)"
    content = kept.content
    if kept.entry["kind"] == Kind.CHAT:
        return str(content.get("body") or "")
    return str(content.get("name") or content.get("role") or content.get("reason") or "")


def _row(values: Sequence[Any]) -> str:
    written = io.StringIO()
    safe = [f"'{each}" if str(each).startswith(_FORMULA) else each for each in values]
    csv.writer(written).writerow(safe)
    return written.getvalue()


def _json(line: Any) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
