"""What rooms and documents are called, inside and by people."""

from __future__ import annotations

import re
import unicodedata
from typing import NewType
from uuid import uuid4

from xmpp_bridge.xmpp.errors import BadPayloadError

RoomId = NewType("RoomId", str)
"""32 hex digits: also the localpart of the room's chat."""
DocumentId = NewType("DocumentId", str)
"""32 hex digits: also the localpart of the document's rooms."""

MAX_NAME_LENGTH = 200
_ID = re.compile(r"[0-9a-f]{32}")
# Control characters, lone surrogates, line ends; and what turns the reading direction of its neighbours.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def new_room_id() -> RoomId:
    return RoomId(uuid4().hex)


def new_document_id() -> DocumentId:
    return DocumentId(uuid4().hex)


def read_room_id(text: str) -> RoomId:
    """Parse what came from outside."""
    return RoomId(_read_id(text))


def read_document_id(text: str) -> DocumentId:
    """Parse what came from outside."""
    return DocumentId(_read_id(text))


def read_room_name(text: str) -> str:
    """The name if people can read it, or `BadPayloadError`."""
    return _read_name(text)


def read_document_name(text: str) -> str:
    """The name if it can also be that of a file on everyone's disk, or `BadPayloadError`."""
    name = _read_name(text)
    if name in {".", ".."} or "/" in name or "\\" in name:
        raise BadPayloadError("a document is named like a file, without its folder")
    return name


def _read_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise BadPayloadError("an id has 32 hexadecimal digits")
    return text


def _read_name(text: str) -> str:
    name = unicodedata.normalize("NFC", text).strip()
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise BadPayloadError(f"a name has between 1 and {MAX_NAME_LENGTH} characters")
    if any(unicodedata.category(c) in _REFUSED_CATEGORIES or c in _BIDI_CONTROLS for c in name):
        raise BadPayloadError("a name holds no control characters")
    return name
