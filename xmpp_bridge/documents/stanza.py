"""Updates, syncs and acknowledgements as stanza payloads; the only file that knows their XML (docs/protocol.md)."""

from __future__ import annotations

import re
import secrets
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase, digits
from typing import Final, NewType, assert_never

from xmpp_bridge.documents.update import read_state_vector
from xmpp_bridge.lib0 import MAX_SAFE_INTEGER
from xmpp_bridge.rooms.identifiers import DocumentId, read_document_id
from xmpp_bridge.xmpp.encoding import fits, read_bytes, read_deflated, write_bytes, write_deflated
from xmpp_bridge.xmpp.errors import BadPayloadError, TooLargeError

DOCUMENTS: Final = "urn:ydoc:0"
"""In every keystroke that everybody receives, so it is short."""

STANZA_LIMIT: Final = 256 * 1024
"""Characters of text that one stanza carries; ejabberd ends the stream of whoever sends 40 times as many."""
MOST_CHUNKED: Final = 32 * 1024 * 1024
"""No update in chunks is larger: each receiver holds it until it is whole."""

ReplicaId = NewType("ReplicaId", str)
"""One replica for as long as it holds one place in the document room: the nick that it has there."""

_WORTH_DEFLATING = 4
_REPLICA = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_ALPHABET = ascii_lowercase + digits
_DIGITS = 6
"""Enough: a room does not take a nick twice at once, and nothing is remembered of who had it before."""
_SEQUENCE = re.compile(r"[1-9][0-9]{0,15}")
_COUNT = re.compile(r"0|[1-9][0-9]{0,9}")
_TOKEN = re.compile(r"[a-z][a-z-]{0,63}")


@dataclass(frozen=True, slots=True)
class UpdateStanza:
    """What was typed at one replica; `sequence` counts that replica's stanzas from 1.

    Neither is in the payload: the room says whose a stanza is, and its number is the id of the message.
    """

    replica: ReplicaId
    sequence: int
    update: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Of the message that carries it."""
        return str(self.sequence)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some bytes of an update that no stanza can carry; the last ones have the number of the whole."""

    replica: ReplicaId
    offset: int
    total: int
    data: bytes = field(repr=False)
    sequence: int | None = None

    @property
    def end(self) -> int:
        return self.offset + len(self.data)

    @property
    def id(self) -> str:
        """Of the message that carries it."""
        return f"at-{self.offset}" if self.sequence is None else str(self.sequence)


@dataclass(frozen=True, slots=True)
class Available:
    """The service has something that did not come through the room: sync."""


@dataclass(frozen=True, slots=True)
class Resync:
    """The service has not heard everything: sync, so that it gets what is yours."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The document has changed, or any may have: for a Jupyter server that has no place in the room."""

    document: DocumentId | None = None


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

    state_vector: bytes = field(repr=False)
    offset: int = 0
    """The answer comes in parts, and I have so much of it."""


@dataclass(frozen=True, slots=True)
class SyncAnswer:
    """What you lack, and what I know."""

    state_vector: bytes = field(repr=False)
    update: bytes = field(repr=False)
    offset: int = 0
    total: int | None = None
    """Of how many bytes `update` is a part; None when it is all of them."""


Payload = (
    UpdateStanza | Chunk | Available | Resync | Changed | Durable | Refused | SyncQuery | SyncAnswer
)


def new_replica_id() -> ReplicaId:
    return ReplicaId("".join(secrets.choice(_ALPHABET) for _ in range(_DIGITS)))


def read_replica_id(text: str) -> ReplicaId:
    """Parse what came from outside."""
    if not _REPLICA.fullmatch(text):
        raise BadPayloadError("a replica id is a short nick of letters and digits")
    return ReplicaId(text)


def fits_stanza(update: bytes, limit: int = STANZA_LIMIT) -> bool:
    """Whether one stanza can carry it; deflating is not tried on what is far too long, since everybody waits for it."""
    return len(update) <= _WORTH_DEFLATING * limit and fits(update, limit)


def most_bytes(limit: int = STANZA_LIMIT) -> int:
    """What fits for certain."""
    return limit * 3 // 4  # before Base64


def to_xml(payload: Payload) -> ET.Element:
    """Return the payload as an element to be put into a message or an IQ."""
    match payload:
        case UpdateStanza():
            element = _element("update")
            write_deflated(element, payload.update)
        case Chunk():
            element = _chunk_to_xml(payload)
        case Available():
            element = _element("available")
        case Resync():
            element = _element("resync")
        case Changed(document):
            element = _element("changed", **({} if document is None else {"document": document}))
        case Durable(document, replica, sequence):
            element = _element("durable", document=document, replica=replica, seq=str(sequence))
        case Refused():
            element = _refused_to_xml(payload)
        case SyncQuery() | SyncAnswer():
            element = _sync_to_xml(payload)
        case _:
            assert_never(payload)
    return element


def read_payload(stanza: Iterable[ET.Element], nick: str = "", said: str = "") -> Payload | None:
    """Return the payload among the children of a stanza, None if there is none, or raise `BadPayloadError`.

    Of what a room says, `nick` is who says it, and `said` the id of the message.
    """
    ours = [child for child in stanza if child.tag.startswith(f"{{{DOCUMENTS}}}")]
    if not ours:
        return None
    if len(ours) > 1:
        raise BadPayloadError("a stanza carries one payload")
    name = ours[0].tag.partition("}")[2]
    if name == "update":
        return _read_update(ours[0], nick, said)
    if name == "chunk":
        return _read_chunk(ours[0], nick, said)
    return _read(ours[0], name)


def _read(element: ET.Element, name: str) -> Payload:
    reader = _READERS.get(name)
    if reader is None:
        raise BadPayloadError(f"there is no payload <{name[:32]}/>")
    return reader(element)


def _read_update(element: ET.Element, nick: str, said: str) -> UpdateStanza:
    return UpdateStanza(read_replica_id(nick), _sequence(said), read_deflated(element))


def _read_changed(element: ET.Element) -> Changed:
    return Changed(_document(element) if "document" in element.attrib else None)


def _read_durable(element: ET.Element) -> Durable:
    return Durable(_document(element), _replica(element), _sequence(element.get("seq", "")))


def _read_refused(element: ET.Element) -> Refused:
    return Refused(
        _document(element),
        _replica(element),
        _sequence(element.get("seq", "")),
        _token(element, "condition"),
        _token(element, "reason") if "reason" in element.attrib else "",
    )


def _chunk_to_xml(chunk: Chunk) -> ET.Element:
    place = {"offset": str(chunk.offset), "total": str(chunk.total)}
    element = _element("chunk", **place)
    write_deflated(element, chunk.data)
    return element


def _read_chunk(element: ET.Element, nick: str, said: str) -> Chunk:
    replica, data = read_replica_id(nick), read_deflated(element)
    offset, total = _count(element, "offset"), _count(element, "total")
    is_last = offset + len(data) == total
    chunk = Chunk(replica, offset, total, data, _sequence(said) if is_last else None)
    if chunk.total > MOST_CHUNKED:
        raise TooLargeError("an update in chunks is larger than receivers keep")
    if not chunk.data or chunk.end > chunk.total:
        raise BadPayloadError("a chunk is empty, or reaches beyond the end")
    if said != chunk.id:
        raise BadPayloadError("the last chunk, and no other, has a sequence number")
    return chunk


def _sync_to_xml(sync: SyncQuery | SyncAnswer) -> ET.Element:
    element = _element("sync")
    if isinstance(sync, SyncAnswer) and sync.total is not None:
        element.set("total", str(sync.total))
    if sync.offset:
        element.set("offset", str(sync.offset))
    write_bytes(_child(element, "state-vector"), sync.state_vector)
    if isinstance(sync, SyncAnswer):
        write_deflated(_child(element, "update"), sync.update)
    return element


def _read_sync(element: ET.Element) -> SyncQuery | SyncAnswer:
    state_vector = read_bytes(_only(element, "state-vector"))
    read_state_vector(state_vector)
    offset = _count(element, "offset") if "offset" in element.attrib else 0
    if element.find(f"{{{DOCUMENTS}}}update") is None:
        return SyncQuery(state_vector, offset)
    update = read_deflated(_only(element, "update"))
    total = _count(element, "total") if "total" in element.attrib else None
    if total is not None and (not update or offset + len(update) > total):
        raise BadPayloadError("a part is empty, or reaches beyond the end")
    return SyncAnswer(state_vector, update, offset, total)


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


def _sequence(text: str) -> int:
    if not _SEQUENCE.fullmatch(text) or int(text) > MAX_SAFE_INTEGER:
        raise BadPayloadError("a sequence number counts from 1")
    return int(text)


def _count(element: ET.Element, name: str) -> int:
    text = element.get(name, "")
    if not _COUNT.fullmatch(text):
        raise BadPayloadError(f"the {name} is no number of bytes")
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


_READERS: Final[Mapping[str, Callable[[ET.Element], Payload]]] = {
    "available": lambda _: Available(),
    "resync": lambda _: Resync(),
    "changed": _read_changed,
    "durable": _read_durable,
    "refused": _read_refused,
    "sync": _read_sync,
}
