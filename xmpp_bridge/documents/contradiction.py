"""Whether two updates tell different things of the same stretch of somebody's history.

Yjs never asks: whoever has a clock ignores what comes under it again, and two replicas whose state vectors agree would
differ for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from xmpp_bridge.documents.sameness import content_of
from xmpp_bridge.documents.struct import Kind, Link, Struct, locate_structs
from xmpp_bridge.lib0 import Reader

_SILENT: Final = frozenset({Kind.GC, Kind.DELETED, Kind.SKIP})
"""Of what was deleted nobody has to know what it was."""


class _Told(NamedTuple):
    """A struct, and what it holds, cut into as many pieces as it has clocks."""

    struct: Struct
    pieces: memoryview[int] | tuple[bytes, ...]

    @property
    def end(self) -> int:
        return self.struct.clock + self.struct.length

    def between(self, start: int, end: int) -> tuple[object, ...]:
        """What it says of these clocks, however it was cut by whoever wrote it down."""
        struct = self.struct
        offset = start - struct.clock
        origin: Link | None = struct.origin
        parent, key = struct.parent, struct.key
        if offset:
            origin, parent, key = (struct.client, start - 1), None, None
        held = self.pieces[offset : end - struct.clock]
        return struct.kind, origin, struct.right_origin, parent, key, held


def contradicted(one: bytes, other: bytes) -> frozenset[int]:
    """The clients of which they cannot both be true; what only one of them knows is no contradiction."""
    ours, theirs = _by_client(one), _by_client(other)
    return frozenset(
        client
        for client in ours.keys() & theirs.keys()
        if any(
            ours_told.between(start, end) != theirs_told.between(start, end)
            for start, end, ours_told, theirs_told in _shared(ours[client], theirs[client])
        )
    )


def _by_client(update: bytes) -> dict[int, list[_Told]]:
    reader = Reader(update)
    told: dict[int, list[_Told]] = {}
    for start, struct in locate_structs(reader):
        if struct.kind not in _SILENT:
            pieces = content_of(update[start : reader.position], struct)
            told.setdefault(struct.client, []).append(_Told(struct, pieces))
    return told


def _shared(ours: list[_Told], theirs: list[_Told]) -> Iterator[tuple[int, int, _Told, _Told]]:
    """The stretches of which both tell; each list is in the order of its clocks."""
    i = j = 0
    while i < len(ours) and j < len(theirs):
        one, other = ours[i], theirs[j]
        start, end = max(one.struct.clock, other.struct.clock), min(one.end, other.end)
        if start < end:
            yield start, end, one, other
        if one.end <= other.end:
            i += 1
        else:
            j += 1
