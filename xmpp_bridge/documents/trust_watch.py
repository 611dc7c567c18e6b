"""Which updates could make something trusted, told without looking at the document.

An update need not contain the word. In Yjs, a value under a key hangs on the value that was there before, if only as a
tombstone, and inherits the key from it. So an update of twenty bytes that looks like typing can bring `trusted` back
where it was once taken out. The watch therefore knows the history of every `trusted` there ever was in a document.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from xmpp_bridge.documents.struct import Kind, Link, Struct, read_structs
from xmpp_bridge.documents.trust import TRUSTED, may_contain_trust
from xmpp_bridge.documents.update import UpdateContents
from xmpp_bridge.lib0 import Reader

_WRITTEN_AS_JSON: Final = (Kind.JSON, Kind.EMBED)  # JSON can spell a word with escapes
_NEVER: Final = 2**53


class TrustWatch:
    """Sees every update of one notebook from the first, whoever wrote it, in an order in which each integrates."""

    def __init__(self) -> None:
        self._under_trusted = _History()

    def suspects(self, update: bytes, contents: UpdateContents | None = None) -> bool:
        """Whether applying `update` may make something trusted; `update` is one that `read_update` lets through.

        `contents` is what that says of it, if somebody has asked already: then a keystroke is not read twice.
        """
        if contents is not None and self._is_harmless(update, contents):
            return False
        hanging: list[Hanging] = []
        under: list[Range] = []
        suspicious = may_contain_trust(update)
        for struct in read_structs(Reader(update)):
            suspicious |= struct.kind in _WRITTEN_AS_JSON
            if struct.key == TRUSTED:
                under.append(_range(struct))
            hanging.extend((link, _range(struct)) for link in _links(struct))
        hanging.sort()
        under.extend(range_ for link, range_ in hanging if link in self._under_trusted)
        found = bool(under)
        while under:
            range_ = under.pop()
            if self._under_trusted.add(range_):
                under.extend(_hanging_on(range_, hanging))
        return suspicious or found

    def _is_harmless(self, update: bytes, contents: UpdateContents) -> bool:
        """Whether it neither names `trusted`, nor could spell it, nor hangs on anybody who ever wrote it."""
        return (
            not may_contain_trust(update)
            and contents.kinds.isdisjoint(_WRITTEN_AS_JSON)
            and contents.leans_on.keys().isdisjoint(self._under_trusted.clients)
        )


Range = tuple[int, int, int]
"""A client's history from one clock up to, and without, another."""
Hanging = tuple[Link, Range]


class _History:
    """Ranges of clients' histories, sorted and apart."""

    def __init__(self) -> None:
        self._ranges: dict[int, list[tuple[int, int]]] = {}

    @property
    def clients(self) -> AbstractSet[int]:
        return self._ranges.keys()

    def __contains__(self, link: Link) -> bool:
        client, clock = link
        ranges = self._ranges.get(client)
        if not ranges:
            return False
        at = bisect_right(ranges, (clock, _NEVER)) - 1
        return at >= 0 and clock < ranges[at][1]

    def add(self, range_: Range) -> bool:
        """Add a range, and return whether any of it was new."""
        client, start, end = range_
        ranges = self._ranges.setdefault(client, [])
        first = bisect_left(ranges, start, key=lambda range_: range_[1])
        last = bisect_right(ranges, end, key=lambda range_: range_[0])
        touched = ranges[first:last]
        if len(touched) == 1 and touched[0][0] <= start and end <= touched[0][1]:
            return False
        starts, ends = [start, *(r[0] for r in touched)], [end, *(r[1] for r in touched)]
        ranges[first:last] = [(min(starts), max(ends))]
        return True


def _range(struct: Struct) -> Range:
    return struct.client, struct.clock, struct.clock + struct.length


def _links(struct: Struct) -> Iterable[Link]:
    return (link for link in (struct.origin, struct.right_origin) if link is not None)


def _hanging_on(range_: Range, hanging: list[Hanging]) -> Iterable[Range]:
    client, start, end = range_
    first = bisect_left(hanging, ((client, start),))
    last = bisect_left(hanging, ((client, end),))
    return (hung for _, hung in hanging[first:last])
