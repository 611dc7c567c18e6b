"""What a room is made of, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.stream import Secret


class DocumentType(StrEnum):
    """What jupyter-collaboration calls a document's type."""

    NOTEBOOK = "notebook"
    FILE = "file"


class DocumentFormat(StrEnum):
    """What jupyter-collaboration calls a document's format."""

    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True)
class Room:
    """People who work together; or two who write to each other, if it `is_direct`."""

    id: RoomId
    name: str
    created_at: datetime
    is_direct: bool = False


@dataclass(frozen=True)
class Member:
    """Somebody whom the hub knows now, and what they may do here."""

    account: Account
    role: Role


@dataclass(frozen=True)
class Document:
    """What the members of a room edit together; `password` opens its MUC rooms, and only members get it."""

    id: DocumentId
    room_id: RoomId
    name: str
    type: DocumentType
    format: DocumentFormat
    creator_id: int
    password: Secret
    created_at: datetime
    born: bool
    """Whether its creator has written the first of its history; nobody else may."""
