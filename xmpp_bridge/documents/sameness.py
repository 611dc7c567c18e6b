"""Whether two encodings of a whole document are the same history, which their bytes do not tell.

Where yrs has joined what is left of deleted neighbours is an accident of its transactions, and the order of an
object's keys is another at each encoding.
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from xmpp_bridge.documents.struct import (
    HAS_ORIGIN,
    HAS_PARENT_SUB,
    HAS_RIGHT_ORIGIN,
    Kind,
    Struct,
    locate_structs,
)
from xmpp_bridge.documents.update import read_deletes, write_deletes
from xmpp_bridge.lib0 import Reader, write_blob, write_uint

_WITH_OBJECTS: Final = frozenset({Kind.ANY, Kind.JSON, Kind.EMBED, Kind.FORMAT, Kind.DOC})


class _Part(NamedTuple):
    """Some of a client's history; of what is only known to have been there, nothing is held."""

    client: int
    clock: int
    length: int
    held: bytes


def same_history(one: bytes, other: bytes) -> bool:
    """Whether both have the same structs, hanging on the same and holding the same, and the same is deleted."""
    return one == other or _parts(one) == _parts(other)


def content_of(held: bytes, struct: Struct) -> memoryview[int] | tuple[bytes, ...]:
    """What the bytes of a struct hold, without its links, for each of its clocks."""
    reader = Reader(held)
    _skip_links(reader)
    if struct.kind == Kind.STRING:
        return memoryview(reader.string().encode("utf-16-le")).cast("H")
    if struct.kind in (Kind.ANY, Kind.JSON):
        count = reader.uint()
        return tuple(
            reader.sorted_any() if struct.kind == Kind.ANY else _sorted_json(reader)
            for _ in range(count)
        )
    content = held[reader.position :]
    if struct.kind in _WITH_OBJECTS:
        content = _sorted(held, struct.kind)[reader.position :]
    return (content,)


def _parts(update: bytes) -> tuple[list[_Part], bytes]:
    reader = Reader(update)
    parts: list[_Part] = []
    for start, struct in locate_structs(reader):
        if struct.kind == Kind.GC:
            _add_hole(parts, struct.client, struct.clock, struct.length)
            continue
        held = update[start : reader.position]
        if struct.kind in _WITH_OBJECTS:
            held = _sorted(held, struct.kind)
        parts.append(_Part(struct.client, struct.clock, struct.length, held))
    return parts, write_deletes(read_deletes(reader))


def _add_hole(parts: list[_Part], client: int, clock: int, length: int) -> None:
    last = parts[-1] if parts else None
    if last is None or last.held or (last.client, last.clock + last.length) != (client, clock):
        parts.append(_Part(client, clock, length, b""))
    else:
        parts[-1] = last._replace(length=last.length + length)


def _sorted(held: bytes, kind: int) -> bytes:
    """The bytes of a struct, with the keys of every object in it in their order."""
    reader = Reader(held)
    _skip_links(reader)
    if kind in (Kind.FORMAT, Kind.DOC):
        reader.string()
    head = held[: reader.position]
    if kind == Kind.DOC:
        return head + reader.sorted_any()
    if kind in (Kind.EMBED, Kind.FORMAT):
        return head + _sorted_json(reader)
    count = reader.uint()
    values = [
        reader.sorted_any() if kind == Kind.ANY else _sorted_json(reader) for _ in range(count)
    ]
    return head + write_uint(count) + b"".join(values)


def _skip_links(reader: Reader) -> None:
    """What the struct hangs on (`struct.py`)."""
    info = reader.byte()
    linked = [flag for flag in (HAS_ORIGIN, HAS_RIGHT_ORIGIN) if info & flag]
    for _ in linked:
        reader.uint()
        reader.uint()
    if linked:
        return
    if reader.uint() == 1:
        reader.string()
    else:
        reader.uint()
        reader.uint()
    if info & HAS_PARENT_SUB:
        reader.string()


def _sorted_json(reader: Reader) -> bytes:
    text = reader.string()
    if text != "undefined":  # as Yjs writes what JSON cannot
        text = json.dumps(json.loads(text), sort_keys=True)
    return write_blob(text.encode("utf-8", "surrogatepass"))
