"""An update cut into pieces of one kind each, in an order in which each piece integrates; without I/O.

What two people write between each other's letters hangs on both, so no piece can hold all that one of them wrote. But
whatever hangs on a struct is newer than its first letter, so there always is an order.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from xmpp_bridge.documents.struct import Struct, locate_structs
from xmpp_bridge.documents.update import Deletes, write_deletes
from xmpp_bridge.lib0 import Reader, write_uint
from xmpp_bridge.xmpp.errors import BadPayloadError

K = TypeVar("K", bound=Hashable)


class Piece(NamedTuple, Generic[K]):
    """A Yjs update whose structs are all of this kind; it deletes nothing."""

    kind: K
    update: bytes


class _Located(NamedTuple):
    struct: Struct
    data: bytes


def split(update: bytes, kind_of: Callable[[Struct], K]) -> list[Piece[K]]:
    """The structs of `update`, in as few pieces as it takes. Raises BadPayloadError where there is no order."""
    waiting = _by_client(update)
    reached = {client: located[0].struct.clock for client, located in waiting.items()}
    kinds = list(dict.fromkeys(kind_of(each.struct) for all_ in waiting.values() for each in all_))
    pieces: list[Piece[K]] = []
    while any(waiting.values()):
        before = len(pieces)
        for kind in kinds:
            taken = _take(waiting, reached, kind, kind_of)
            if taken:
                pieces.append(Piece(kind, _written(taken)))
        if len(pieces) == before:
            raise BadPayloadError("structs hang on each other in a circle")
    return pieces


def only_deletes(deletes: Iterable[Deletes]) -> bytes:
    """A Yjs update that brings nothing, and deletes this."""
    return write_uint(0) + write_deletes(deletes)


def _by_client(update: bytes) -> dict[int, list[_Located]]:
    reader = Reader(update)
    found: dict[int, list[_Located]] = {}
    for start, struct in locate_structs(reader):
        found.setdefault(struct.client, []).append(
            _Located(struct, update[start : reader.position])
        )
    return found


def _take(
    waiting: dict[int, list[_Located]],
    reached: dict[int, int],
    kind: K,
    kind_of: Callable[[Struct], K],
) -> dict[int, list[_Located]]:
    """All of one kind that can come next."""
    taken: dict[int, list[_Located]] = {}
    while True:
        found = [
            client
            for client, located in waiting.items()
            if located and kind_of(located[0].struct) == kind and _ready(located[0].struct, reached)
        ]
        if not found:
            return taken
        for client in found:
            count = 0
            for each in waiting[client]:
                if kind_of(each.struct) != kind or not _ready(each.struct, reached):
                    break
                reached[client] = each.struct.clock + each.struct.length
                count += 1
            taken.setdefault(client, []).extend(waiting[client][:count])
            del waiting[client][:count]


def _ready(struct: Struct, reached: dict[int, int]) -> bool:
    """Whether all that it hangs on is there; what the update does not bring is there already."""
    return all(clock < reached.get(client, clock + 1) for client, clock in _links(struct))


def _links(struct: Struct) -> Iterator[tuple[int, int]]:
    for link in (struct.origin, struct.right_origin, struct.parent):
        if isinstance(link, tuple):
            yield link


def _written(taken: dict[int, list[_Located]]) -> bytes:
    written = [write_uint(len(taken))]
    # The highest client first, as Yjs writes them.
    for client, located in sorted(taken.items(), reverse=True):
        written += write_uint(len(located)), write_uint(client), write_uint(located[0].struct.clock)
        written += (each.data for each in located)
    return b"".join([*written, write_uint(0)])
