"""Bytes as the text of an element: Base64 (RFC 4648, section 4), deflated before where that pays."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
import zlib
from typing import Final

from xmpp_bridge.xmpp.errors import BadPayloadError, TooLargeError

MAX_DECODED: Final = 8 * 1024 * 1024
"""No element unfolds to more than this, however small it arrives."""

_MOST_FOLDED: Final = 50
"""Nor to much more than so many times its size: else whoever sends little makes all others work much."""
_ALWAYS_UNFOLDED: Final = 64 * 1024

_DEFLATE_FROM: Final = 200  # bytes; below, deflate and its attribute cost more than they save
_DEFLATE_LEVEL: Final = 6
_RAW_DEFLATE: Final = -15


def write_bytes(element: ET.Element, data: bytes) -> None:
    element.text = base64.b64encode(data).decode("ascii")


def read_bytes(element: ET.Element) -> bytes:
    """Return what the text of `element` says, or raise `BadPayloadError`."""
    try:
        data = base64.b64decode(element.text or "", validate=True)
    except ValueError:  # binascii.Error, or a character beyond ASCII
        raise BadPayloadError("a payload is not Base64") from None
    if len(data) > MAX_DECODED:
        raise TooLargeError("a payload is larger than a stanza may carry")
    return data


def write_deflated(element: ET.Element, data: bytes) -> None:
    """Write `data` in the shorter of both ways; `encoding` says which."""
    deflated = _deflated(data)
    if deflated is not None:
        element.set("encoding", "deflate")
    write_bytes(element, data if deflated is None else deflated)


def read_deflated(element: ET.Element) -> bytes:
    """Return what `write_deflated` wrote, or raise `BadPayloadError` or `TooLargeError`."""
    data = read_bytes(element)
    match element.get("encoding"):
        case None:
            return data
        case "deflate":
            return _inflate(data)
        case _:
            raise BadPayloadError("a payload is either plain or deflated")


def fits(data: bytes, limit: int) -> bool:
    """Whether `write_deflated` needs at most `limit` characters for `data`, and readers will unfold it."""
    if len(data) > MAX_DECODED:
        return False
    return _text_length(data) <= limit or _text_length(_deflated(data) or data) <= limit


def _deflated(data: bytes) -> bytes | None:
    """Return `data` deflated (RFC 1951) if that makes it smaller, and not so small that readers refuse it."""
    if len(data) < _DEFLATE_FROM:
        return None
    deflate = zlib.compressobj(_DEFLATE_LEVEL, wbits=_RAW_DEFLATE)
    deflated = deflate.compress(data) + deflate.flush()
    return deflated if len(deflated) < len(data) <= _most_unfolded(deflated) else None


def _most_unfolded(deflated: bytes) -> int:
    return min(MAX_DECODED, _ALWAYS_UNFOLDED + _MOST_FOLDED * len(deflated))


def _inflate(data: bytes) -> bytes:
    most = _most_unfolded(data)
    inflate = zlib.decompressobj(wbits=_RAW_DEFLATE)
    try:
        inflated = inflate.decompress(data, most + 1)
    except zlib.error:
        raise BadPayloadError("a payload is not deflated as it says") from None
    if len(inflated) > most:
        raise TooLargeError("a payload unfolds to more than a stanza may carry")
    if not inflate.eof or inflate.unused_data:
        raise BadPayloadError("a deflated payload ends too early or too late")
    return inflated


def _text_length(data: bytes) -> int:
    return (len(data) + 2) // 3 * 4
