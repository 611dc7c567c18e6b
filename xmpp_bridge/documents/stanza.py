"""Updates, syncs and acknowledgements as stanza payloads; the only file that knows their XML (docs/protocol.md)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NewType, assert_never
from uuid import uuid4

from xmpp_bridge.documents.update import read_state_vector
from xmpp_bridge.lib0 import MAX_SAFE_INTEGER
from xmpp_bridge.rooms.identifiers import DocumentId, read_document_id
from xmpp_bridge.xmpp.encoding import read_bytes, read_deflated, write_bytes, write_deflated
from xmpp_bridge.xmpp.errors import BadPayloadError

DOCUMENTS: Final = "urn:xmpp-bridge:documents:0"

ReplicaId = NewType("ReplicaId", str)
"""16 hex digits: one replica for as long as it holds one place in the document room."""

_REPLICA = re.compile(r"[0-9a-f]{16}")
_SEQUENCE = re.compile(r"[1-9][0-9]{0,15}")
_TOKEN = re.compile(r"[a-z][a-z-]{0,63}")


@dataclass(frozen=True, slots=True)
class UpdateStanza:
    """What was typed at one replica; `sequence` counts that replica's stanzas from 1."""

    replica: ReplicaId
    sequence: int
    update: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Available:
    """The service has something that did not come through the room: sync."""


@dataclass(frozen=True, slots=True)
class Resync:
    """The service has not heard everything: sync, so that it gets what is yours."""


@dataclass(frozen=True, slots=True)
class Durable:
    """The replica's stanzas up to `sequence` will survive all of its members."""

    document: DocumentId
    replica: ReplicaId
    sequence: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The service did not take this stanza and never will."""

    document: DocumentId
    replica: ReplicaId
    sequence: int
    condition: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SyncQuery:
    """Send what I lack, who know `state_vector`."""

    replica: ReplicaId
    state_vector: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SyncAnswer:
    """What you lack, and what I know."""

    state_vector: bytes = field(repr=False)
    update: bytes = field(repr=False)


Payload = UpdateStanza | Available | Resync | Durable | Refused | SyncQuery | SyncAnswer


def new_replica_id() -> ReplicaId:
    return ReplicaId(uuid4().hex[:16])


def read_replica_id(text: str) -> ReplicaId:
    """Parse what came from outside."""
    if not _REPLICA.fullmatch(text):
        raise BadPayloadError("a replica id has 16 hexadecimal digits")
    return ReplicaId(text)


def to_xml(payload: Payload) -> ET.Element:
    """Return the payload as an element to be put into a message or an IQ."""
    match payload:
        case UpdateStanza(replica, sequence, update):
            element = _element("update", replica=replica, seq=str(sequence))
            write_deflated(element, update)
        case Available():
            element = _element("available")
        case Resync():
            element = _element("resync")
        case Durable(document, replica, sequence):
            element = _element("durable", document=document, replica=replica, seq=str(sequence))
        case Refused():
            element = _refused_to_xml(payload)
        case SyncQuery(replica, state_vector):
            element = _element("sync", replica=replica)
            write_bytes(_child(element, "state-vector"), state_vector)
        case SyncAnswer(state_vector, update):
            element = _element("sync")
            write_bytes(_child(element, "state-vector"), state_vector)
            write_deflated(_child(element, "update"), update)
        case _:
            assert_never(payload)
    return element


def read_payload(stanza: Iterable[ET.Element]) -> Payload | None:
    """Return the payload among the children of a stanza, None if there is none, or raise `BadPayloadError`."""
    ours = [child for child in stanza if child.tag.startswith(f"{{{DOCUMENTS}}}")]
    if not ours:
        return None
    if len(ours) > 1:
        raise BadPayloadError("a stanza carries one payload")
    return _read(ours[0])


def _read(element: ET.Element) -> Payload:
    match element.tag.partition("}")[2]:
        case "update":
            return UpdateStanza(_replica(element), _sequence(element), read_deflated(element))
        case "available":
            return Available()
        case "resync":
            return Resync()
        case "durable":
            return Durable(_document(element), _replica(element), _sequence(element))
        case "refused":
            return Refused(
                _document(element),
                _replica(element),
                _sequence(element),
                _token(element, "condition"),
                _token(element, "reason") if "reason" in element.attrib else "",
            )
        case "sync":
            return _read_sync(element)
        case name:
            raise BadPayloadError(f"there is no payload <{name[:32]}/>")


def _read_sync(element: ET.Element) -> SyncQuery | SyncAnswer:
    state_vector = read_bytes(_only(element, "state-vector"))
    read_state_vector(state_vector)
    if element.find(f"{{{DOCUMENTS}}}update") is None:
        return SyncQuery(_replica(element), state_vector)
    return SyncAnswer(state_vector, read_deflated(_only(element, "update")))


def _refused_to_xml(refused: Refused) -> ET.Element:
    element = _element(
        "refused",
        document=refused.document,
        replica=refused.replica,
        seq=str(refused.sequence),
        condition=refused.condition,
    )
    if refused.reason:
        element.set("reason", refused.reason)
    return element


def _only(element: ET.Element, name: str) -> ET.Element:
    found = element.findall(f"{{{DOCUMENTS}}}{name}")
    if len(found) != 1:
        raise BadPayloadError(f"a sync has one <{name}/>")
    return found[0]


def _replica(element: ET.Element) -> ReplicaId:
    return read_replica_id(element.get("replica", ""))


def _document(element: ET.Element) -> DocumentId:
    return read_document_id(element.get("document", ""))


def _sequence(element: ET.Element) -> int:
    text = element.get("seq", "")
    if not _SEQUENCE.fullmatch(text) or int(text) > MAX_SAFE_INTEGER:
        raise BadPayloadError("a sequence number counts from 1")
    return int(text)


def _token(element: ET.Element, name: str) -> str:
    text = element.get(name, "")
    if not _TOKEN.fullmatch(text):
        raise BadPayloadError(f"a {name} is a lower-case word")
    return text


def _element(name: str, **attributes: str) -> ET.Element:
    return ET.Element(f"{{{DOCUMENTS}}}{name}", attributes)


def _child(parent: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{DOCUMENTS}}}{name}")
