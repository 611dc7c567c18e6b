"""How a file is sent to a browser so that it can do nothing there: shown if it is a picture, else only kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from xmpp_bridge.chat.attachment import ANY_TYPE

PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser shows without running anything."""


def headers_of(name: str, kind: str) -> Mapping[str, str]:
    """The headers of a file that claims to be of this type (RFC 6266; RFC 9110, 8.3)."""
    shown = kind in PICTURES
    plain = "".join(
        char if (char.isascii() and char.isalnum()) or char in "._-" else "_" for char in name
    )
    where = "inline" if shown else "attachment"
    return {
        "Content-Type": kind if shown else ANY_TYPE,
        "Content-Disposition": f"{where}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=86400, immutable",
    }
