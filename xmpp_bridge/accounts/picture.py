"""A picture for whoever has none: made from a name alone, the same everywhere, without I/O.

Five by five blocks, left and right alike, in a colour of their own: enough to tell people apart in a list.
"""

from __future__ import annotations

import colorsys
import hashlib
import struct
import zlib
from collections.abc import Iterator
from typing import Final

CELLS: Final = 5
BLOCK: Final = 16
MARGIN: Final = 8
SIZE: Final = CELLS * BLOCK + 2 * MARGIN
"""Pixels of each side."""
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"  # PNG (ISO/IEC 15948), section 5.2
_PALETTE: Final = 3
_LIGHT: Final = (240, 240, 240)


def picture_of(name: str) -> bytes:
    """A PNG of about 200 bytes."""
    digest = hashlib.sha256(name.encode()).digest()
    colour = colorsys.hls_to_rgb(digest[0] / 256, 0.42, 0.6)
    palette = bytes((*_LIGHT, *(round(255 * each) for each in colour)))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 1, _PALETTE, 0, 0, 0)  # one bit for each pixel
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", palette),
            _chunk(b"IDAT", zlib.compress(b"".join(_lines(digest)), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _lines(digest: bytes) -> Iterator[bytes]:
    margin = [0] * MARGIN
    for y in range(SIZE):
        row = (y - MARGIN) // BLOCK
        inside = 0 <= y - MARGIN < CELLS * BLOCK
        pixels = [
            _is_filled(digest, row, x // BLOCK) if inside else 0 for x in range(CELLS * BLOCK)
        ]
        yield b"\x00" + _packed([*margin, *pixels, *margin])


def _is_filled(digest: bytes, row: int, column: int) -> int:
    column = min(column, CELLS - 1 - column)
    return digest[1 + row * 3 + column] & 1


def _packed(pixels: list[int]) -> bytes:
    bits = "".join(map(str, pixels))
    return int(bits, 2).to_bytes(SIZE // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
