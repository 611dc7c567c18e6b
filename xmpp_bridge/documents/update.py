"""Which parts of a document's history a Yjs update (version 1) carries, read without applying it.

Whose structs, which clock ranges, what they lean on: that is what access, gap detection and the durable copy decide by,
and it costs microseconds for a keystroke. Skips are holes, not structs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from typing import Final, NamedTuple, cast

import pycrdt

from xmpp_bridge.documents.struct import Kind, Struct, read_structs
from xmpp_bridge.lib0 import MAX_SAFE_INTEGER, Reader, write_uint
from xmpp_bridge.xmpp.errors import BadPayloadError

EMPTY_UPDATE: Final = b"\x00\x00"
EMPTY_STATE_VECTOR: Final = b"\x00"

_LARGE: Final = 64 * 1024
_REMEMBERED: Final = 8


class Structs(NamedTuple):
    """A client's history from clock `start` up to, and without, `end`."""

    client: int
    start: int
    end: int


class Deletes(NamedTuple):
    """What was deleted of a client's history, from clock `start` up to, and without, `end`."""

    client: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class UpdateContents:
    """What an update carries."""

    structs: tuple[Structs, ...]
    deletes: tuple[Deletes, ...]
    leans_on: Mapping[int, int]
    """For each client whose history it continues or writes into: the clock which that must have reached."""
    roots: frozenset[str]
    """The shared types of the document, by name, into which it says it writes."""
    kinds: frozenset[int]
    """What its structs hold (`Kind`)."""

    @property
    def clients(self) -> frozenset[int]:
        """Whose history is carried, which is not always who sent it."""
        return frozenset(structs.client for structs in self.structs)

    @property
    def is_empty(self) -> bool:
        return not (self.structs or self.deletes)


NO_CONTENTS: Final = UpdateContents((), (), {}, frozenset(), frozenset())
"""Of the empty update."""


class _Lately:
    """What updates carry that were read last: several ask, one after the other, and a large one takes seconds.

    Large ones it knows by their digest, and keeps none of them.
    """

    def __init__(self) -> None:
        self._read: dict[bytes, UpdateContents] = {}
        self._small = EMPTY_UPDATE, NO_CONTENTS

    def read(self, data: bytes) -> UpdateContents:
        digest = blake2b(data, digest_size=16).digest()
        contents = self._read.get(digest)
        if contents is None:
            contents = self._read[digest] = _read(data)
            for oldest in list(self._read)[:-_REMEMBERED]:
                self._read.pop(oldest, None)
        return contents

    def read_small(self, data: bytes) -> UpdateContents:
        """Whoever keeps a keystroke and whoever judges it ask one after the other: of small ones the last is kept."""
        last, contents = self._small
        if data != last:
            contents = _read(data)
            self._small = data, contents
        return contents


_LATELY: Final = _Lately()


def read_update(data: bytes) -> UpdateContents:
    """Return what the update `data` carries, or raise `BadPayloadError` if Yjs could not have written it."""
    return _LATELY.read(data) if len(data) >= _LARGE else _LATELY.read_small(data)


def _read(data: bytes) -> UpdateContents:
    reader = Reader(data)
    leans_on: dict[int, int] = {}
    roots: set[str] = set()
    kinds: set[int] = set()
    structs = tuple(_runs(read_structs(reader), leans_on, roots, kinds))
    deletes = tuple(read_deletes(reader))
    reader.end()
    return UpdateContents(structs, deletes, leans_on, frozenset(roots), frozenset(kinds))


def read_by_client(data: bytes) -> dict[int, UpdateContents]:
    """What each client's structs of an update carry, without what is deleted, which is nobody's."""
    contents = {}
    for client, structs in groupby(read_structs(Reader(data)), lambda struct: struct.client):
        leans_on: dict[int, int] = {}
        roots: set[str] = set()
        kinds: set[int] = set()
        runs = tuple(_runs(structs, leans_on, roots, kinds))
        contents[client] = UpdateContents(runs, (), leans_on, frozenset(roots), frozenset(kinds))
    return contents


def _runs(
    structs: Iterable[Struct], leans_on: dict[int, int], roots: set[str], kinds: set[int]
) -> Iterable[Structs]:
    """Join neighbours, and note what they hang on."""
    client = start = end = -1
    for struct in structs:
        if struct.kind == Kind.SKIP:
            continue
        if struct.client != client or struct.clock != end:
            if client >= 0:
                yield Structs(client, start, end)
            client, start = struct.client, struct.clock
        end = struct.clock + struct.length
        kinds.add(struct.kind)
        _note(struct, leans_on, roots)
    if client >= 0:
        yield Structs(client, start, end)


def _note(struct: Struct, leans_on: dict[int, int], roots: set[str]) -> None:
    for link in (struct.origin, struct.right_origin, struct.parent):
        if link.__class__ is tuple:
            client, clock = link
            if leans_on.get(client, 0) <= clock:
                leans_on[client] = clock + 1
        elif link is not None:
            roots.add(cast("str", link))


def read_deletes(reader: Reader) -> Iterable[Deletes]:
    """Read a delete set, which follows the structs."""
    for _ in range(reader.uint()):
        client = reader.uint()
        for _ in range(reader.uint()):
            start = reader.uint()
            length = reader.uint()
            if length == 0 or start + length > MAX_SAFE_INTEGER:
                raise BadPayloadError("a deletion has no length, or too much of it")
            yield Deletes(client, start, start + length)


def with_deletes(update: bytes, deletes: Iterable[Deletes]) -> bytes:
    """The structs of `update`, with these deletions in place of its own."""
    reader = Reader(update)
    for _ in read_structs(reader):
        pass
    return update[: reader.position] + write_deletes(deletes)


def write_deletes(deletes: Iterable[Deletes]) -> bytes:
    """A delete set: each client's ranges in their order, joined where they touch."""
    by_client: dict[int, list[list[int]]] = {}
    for client, start, end in sorted(deletes):
        ranges = by_client.setdefault(client, [])
        if ranges and start <= ranges[-1][1]:
            ranges[-1][1] = max(ranges[-1][1], end)
        else:
            ranges.append([start, end])
    written = [write_uint(len(by_client))]
    for client, ranges in by_client.items():
        written += write_uint(client), write_uint(len(ranges))
        written += (write_uint(start) + write_uint(end - start) for start, end in ranges)
    return b"".join(written)


def missing(contents: UpdateContents, state_vector: Mapping[int, int]) -> frozenset[int]:
    """Return the clients of whose history a replica at `state_vector` lacks something that `contents` needs.

    If there are none, the update integrates at once and completely; otherwise Yjs would keep it, unseen, as pending.
    """
    reached = dict(state_vector)
    lacking = set()
    for client, start, end in contents.structs:
        known = reached.get(client, 0)
        if start > known:
            lacking.add(client)
        reached[client] = max(known, end)
    lacking.update(
        client for client, clock in contents.leans_on.items() if reached.get(client, 0) < clock
    )
    lacking.update(
        deletes.client
        for deletes in contents.deletes
        if reached.get(deletes.client, 0) < deletes.end
    )
    return frozenset(lacking)


def brings_news(contents: UpdateContents, state_vector: Mapping[int, int]) -> bool:
    """Whether a replica at `state_vector` may learn something; a deletion always counts, a vector cannot tell."""
    return bool(contents.deletes) or any(
        end > state_vector.get(client, 0) for client, _, end in contents.structs
    )


def without_clients(update: bytes, contents: UpdateContents, hidden: AbstractSet[int]) -> bytes:
    """Return the update without these clients' structs; what it deletes, it still deletes.

    `contents` is what `read_update` says of it. No Doc is asked: in the middle of a commit none can be.
    """
    known = {
        structs.client: structs.end for structs in contents.structs if structs.client in hidden
    }
    return beyond(update, write_state_vector(known))


def beyond(update: bytes, state_vector: bytes) -> bytes:
    """What of an update a replica at `state_vector` lacks, and all that it deletes, or raise `BadPayloadError`."""
    try:
        return pycrdt.get_update(update, state_vector)
    except ValueError as error:
        raise BadPayloadError("Yjs cannot cut the update") from error


def read_state_vector(data: bytes) -> dict[int, int]:
    """Return the clock that each client's history has reached, or raise `BadPayloadError`."""
    reader = Reader(data)
    vector = {}
    for _ in range(reader.uint()):
        client = reader.uint()
        vector[client] = reader.uint()
    reader.end()
    return vector


def write_state_vector(vector: Mapping[int, int]) -> bytes:
    return write_uint(len(vector)) + b"".join(
        write_uint(client) + write_uint(clock) for client, clock in vector.items()
    )
