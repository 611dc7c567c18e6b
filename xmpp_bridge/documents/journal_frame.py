"""Length and checksums around each entry of a journal, so that half an entry and a broken one are told apart.

A frame is the entry's length, the CRC-32 of those four bytes, the CRC-32 of the entry (big-endian, 32 bits each), and
the entry. The length has a checksum of its own: else a broken length looks like an entry that was cut short, and all
that follows it would be dropped without a word.
"""

from __future__ import annotations

from enum import Enum, auto
from struct import Struct
from typing import Final
from zlib import crc32

_HEADER: Final = Struct(">III")
_LENGTH: Final = Struct(">I")


class Damage(Enum):
    """What is wrong behind the last readable entry."""

    NONE = auto()
    TORN = auto()
    """The process died while writing the last entry."""
    DAMAGED = auto()
    """Something that was written whole cannot be read."""


def write_frame(entry: bytes) -> bytes:
    return _HEADER.pack(len(entry), crc32(_LENGTH.pack(len(entry))), crc32(entry)) + entry


def read_frames(data: bytes, magic: bytes) -> tuple[list[bytes], int, Damage]:
    """Return the readable entries behind `magic`, where they end, and what is wrong there."""
    if not data.startswith(magic):
        return [], 0, Damage.TORN if magic.startswith(data) else Damage.DAMAGED
    entries: list[bytes] = []
    at = len(magic)
    while at < len(data):
        entry, damage = _read_frame(data, at)
        if entry is None:
            return entries, at, damage
        entries.append(entry)
        at += _HEADER.size + len(entry)
    return entries, at, Damage.NONE


def _read_frame(data: bytes, at: int) -> tuple[bytes | None, Damage]:
    start = at + _HEADER.size
    if start > len(data):
        return None, Damage.TORN
    length, length_checksum, checksum = _HEADER.unpack_from(data, at)
    if crc32(_LENGTH.pack(length)) != length_checksum:
        # A file system may have grown the file and not yet written into it when the power went.
        return None, Damage.DAMAGED if any(data[at:]) else Damage.TORN
    if start + length > len(data):
        return None, Damage.TORN
    entry = data[start : start + length]
    if crc32(entry) != checksum:
        return None, Damage.DAMAGED
    return entry, Damage.NONE
