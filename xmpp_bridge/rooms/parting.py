"""What becomes of people's own copies of a room's files when they are taken out: values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from xmpp_bridge.rooms.identifiers import DocumentId


class LeaversFiles(StrEnum):
    """What the owners of a room have chosen."""

    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True)
class Parted:
    """A document that somebody was taken out of, and whose file is to go from their own server."""

    document: DocumentId
    name: str
    room: str
    """What the room is called."""
