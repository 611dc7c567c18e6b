"""The structs of a Yjs update (version 1), one by one: a client's clock range and what it hangs on, not what it says.

Strict on purpose. Yjs and yrs differ in what they make of malformed input (flags on a GC, a number beyond 32 bits, a
move), and where they differ two replicas part for good, so here only what both of them write is let through.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, NamedTuple, NoReturn

from xmpp_bridge.lib0 import Reader
from xmpp_bridge.xmpp.errors import BadPayloadError

_KIND: Final = 0x1F
HAS_ORIGIN: Final = 0x80
HAS_RIGHT_ORIGIN: Final = 0x40
HAS_PARENT_SUB: Final = 0x20
_NAMED_TYPES: Final = (3, 5)  # XmlElement and XmlHook carry their name
_LAST_TYPE: Final = 6  # XmlText; yrs also knows weak links, which no browser of ours can read
_MAX_CLOCK: Final = 2**32 - 1  # yrs counts in 32 bits

Link = tuple[int, int]
"""The address of one unit of history: client and clock. A plain tuple, since there is one for each keystroke."""


class Kind:
    """What a struct holds, by Yjs's number for it."""

    GC: Final = 0
    DELETED: Final = 1
    JSON: Final = 2
    BINARY: Final = 3
    STRING: Final = 4
    EMBED: Final = 5
    FORMAT: Final = 6
    TYPE: Final = 7
    ANY: Final = 8
    DOC: Final = 9
    SKIP: Final = 10


class Struct(NamedTuple):
    """`length` units of `client`'s history from `clock` on; `kind` says what they hold."""

    client: int
    clock: int
    length: int
    kind: int
    origin: Link | None = None
    right_origin: Link | None = None
    parent: Link | str | None = None
    key: str | None = None


def read_structs(reader: Reader) -> Iterator[Struct]:
    """Yield the structs of an update, each client's in the order of its clock; the delete set remains unread."""
    return (struct for _, struct in locate_structs(reader))


def locate_structs(reader: Reader) -> Iterator[tuple[int, Struct]]:
    """The same, each with the position of its first byte; at that moment the reader is at its end."""
    seen = set()
    for _ in range(reader.uint()):
        count = reader.uint()
        client = reader.uint()
        clock = reader.uint()
        if client in seen:
            raise BadPayloadError("a client comes twice in one update")
        seen.add(client)
        for _ in range(count):
            start = reader.position
            struct = _read_struct(reader, client, clock)
            clock += struct.length
            if struct.length == 0 or clock > _MAX_CLOCK:
                raise BadPayloadError("a struct has no length, or too much of it")
            yield start, struct


def _read_struct(reader: Reader, client: int, clock: int) -> Struct:
    info = reader.byte()
    kind = info & _KIND
    if kind in (Kind.GC, Kind.SKIP):
        if info != kind:
            raise BadPayloadError("a hole hangs on something")
        return Struct(client, clock, reader.uint(), kind)
    origin = (reader.uint(), reader.uint()) if info & HAS_ORIGIN else None
    right_origin = (reader.uint(), reader.uint()) if info & HAS_RIGHT_ORIGIN else None
    parent = key = None
    if origin is None and right_origin is None:
        parent = _read_parent(reader)
        key = reader.string() if info & HAS_PARENT_SUB else None
    length = _skip_content(reader, kind)
    return Struct(client, clock, length, kind, origin, right_origin, parent, key)


def _read_parent(reader: Reader) -> Link | str:
    match reader.uint():
        case 1:
            return reader.string()
        case 0:
            return (reader.uint(), reader.uint())
        case _:
            raise BadPayloadError("a parent is either named or linked to")


def _skip_content(reader: Reader, kind: int) -> int:
    """Skip what an item holds and return its length in clock units."""
    if kind == Kind.STRING:  # every keystroke
        return reader.utf16_length()
    if kind == Kind.DELETED:
        return reader.uint()
    if kind in (Kind.ANY, Kind.JSON):
        length = reader.uint()
        for _ in range(length):
            if kind == Kind.ANY:
                reader.skip_any()
            else:
                _check_json(reader)
        return length
    _skip_single(reader, kind)
    return 1


def _skip_single(reader: Reader, kind: int) -> None:
    """Skip what an item of length one holds."""
    match kind:
        case Kind.BINARY:
            reader.blob()
        case Kind.EMBED:
            _check_json(reader)
        case Kind.FORMAT:
            reader.string()
            _check_json(reader)
        case Kind.TYPE:
            _skip_type(reader)
        case Kind.DOC:
            reader.string()
            reader.skip_any()
        case _:  # among them 11, the move of yrs, which no browser of ours can read
            raise BadPayloadError(f"there is no content of kind {kind}")


def _skip_type(reader: Reader) -> None:
    kind = reader.uint()
    if kind > _LAST_TYPE:
        raise BadPayloadError(f"there is no shared type of kind {kind}")
    if kind in _NAMED_TYPES:
        reader.string()


def _check_json(reader: Reader) -> None:
    """Skip JSON; refuse what `JSON.parse` would throw on, in the middle of a browser's transaction."""
    text = reader.string()
    if text == "undefined":  # how Yjs writes what JSON cannot
        return
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadPayloadError("an item does not hold JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
