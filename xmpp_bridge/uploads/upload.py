"""A file in a room, as a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import uuid4

from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.errors import NotFoundError

UploadId = NewType("UploadId", str)
"""32 hex digits."""

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that the members of a room can read: `size` in bytes, `sha256` in hex; `type` is only what it claims."""

    id: UploadId
    room: RoomId
    account_id: int
    name: str
    type: str
    size: int
    sha256: str
    created_at: datetime


def new_upload_id() -> UploadId:
    return UploadId(uuid4().hex)


def read_upload_id(text: str) -> UploadId:
    """Parse what came in an address; there is no file by any other."""
    if not _ID.fullmatch(text):
        raise NotFoundError("no such file")
    return UploadId(text)
