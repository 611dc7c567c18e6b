"""What a Jupyter server asks the hub service about a document, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from slixmpp import JID
from slixmpp.jid import InvalidJID

from xmpp_bridge.documents.relay import RelayMessage
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.rooms.identifiers import (
    DocumentId,
    RoomId,
    read_document_id,
    read_document_name,
    read_room_id,
)
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import BadPayloadError
from xmpp_bridge.xmpp.stream import Secret


@dataclass(frozen=True)
class Member:
    """Somebody who belongs to the document's room, under the name the hub vouches for."""

    jid: str
    """Bare."""
    hub_user: str
    display_name: str
    role: Role


@dataclass(frozen=True)
class DocumentInfo:
    """A document as the asker may see it."""

    id: DocumentId
    room: RoomId
    name: str
    type: str
    format: str
    role: Role
    born: bool
    """Whether it has a history yet."""
    creator: str
    """The hub user name of whoever makes its first history."""


@dataclass(frozen=True)
class Admission:
    """What it takes to enter a document's rooms, and who else may be met there."""

    info: DocumentInfo
    jid: JID
    awareness_jid: JID
    password: Secret
    members: Mapping[str, Member] = field(repr=False)
    """By bare JID."""
    owners: Mapping[int, str] = field(repr=False)
    """Which account a Yjs client id belongs to, by bare JID."""


@dataclass(frozen=True)
class Version:
    """What a document is at, for somebody who may read it."""

    version: str
    """Another text after each change; empty for a document without history."""
    role: Role


class Service(Protocol):
    """The hub service, as far as documents need it. Raises BridgeErrors."""

    async def admission(self, document: DocumentId) -> Admission: ...
    async def sync(self, document: DocumentId, message: SyncMessage) -> SyncMessage: ...
    async def relay(self, document: DocumentId, message: RelayMessage) -> SyncMessage: ...


def read_document(raw: Any) -> DocumentInfo:
    """Parse a document as the service's REST API gives it."""
    try:
        return DocumentInfo(
            id=read_document_id(_text(raw["id"])),
            room=read_room_id(_text(raw["room"])),
            name=read_document_name(_text(raw["name"])),
            type=_text(raw["type"]),
            format=_text(raw["format"]),
            role=Role(raw["role"]),
            born=bool(raw["born"]),
            creator=_text(raw["creator"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadPayloadError("the hub service's answer is not a document") from error


def read_admission(raw: Any) -> Admission:
    """Parse a document with what it takes to enter its rooms."""
    info = read_document(raw)
    try:
        members = [_member(member) for member in raw["members"]]
        return Admission(
            info=info,
            jid=JID(_text(raw["jid"])),
            awareness_jid=JID(_text(raw["awareness_jid"])),
            password=Secret(_text(raw["password"])),
            members={member.jid: member for member in members},
            owners={int(client): _text(jid) for client, jid in raw.get("clients", {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidJID) as error:
        raise BadPayloadError("the hub service's answer is not an admission") from error


def read_versions(raw: Any) -> dict[DocumentId, Version]:
    """Parse what each document is at."""
    try:
        return {
            read_document_id(document): Version(_text(each["version"]), Role(each["role"]))
            for document, each in raw["documents"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadPayloadError("the hub service's answer is not about documents") from error


def _member(raw: Any) -> Member:
    return Member(
        _text(raw["jid"]), _text(raw["hub_user"]), _text(raw["display_name"]), Role(raw["role"])
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value
