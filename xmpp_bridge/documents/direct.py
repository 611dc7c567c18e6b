"""What reaches this server directly rather than through a room: receipts of the service, queries of other servers."""

from __future__ import annotations

import logging
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Protocol

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.documents.stanza import (
    DOCUMENTS,
    Changed,
    Durable,
    Refused,
    SyncAnswer,
    SyncQuery,
    read_payload,
    to_xml,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError, ForbiddenError, NotFoundError
from xmpp_bridge.xmpp.muc import STANZAS, Place
from xmpp_bridge.xmpp.stream import Stream

log = logging.getLogger(__name__)


class Correspondent(Protocol):
    """A document that may be addressed directly."""

    def on_durable(self, durable: Durable) -> None: ...
    def on_update_refused(self, refused: Refused) -> None: ...
    def answer(self, nick: str, query: SyncQuery) -> SyncAnswer:
        """What the asker, an occupant of the document's room, lacks; raises a BridgeError for anybody else."""
        ...


class DirectStanzas:
    """Finds the document that a direct stanza is about."""

    def __init__(
        self, changed: Callable[[DocumentId | None], None] = lambda _document: None
    ) -> None:
        """`changed` hears of a document, or of any, whose room we are not in."""
        self._changed = changed
        self._documents: dict[str, Correspondent] = {}
        self.service: str | None = None
        """The bare JID whose receipts are believed."""

    def register(self, document: str, correspondent: Correspondent) -> None:
        self._documents[document] = correspondent

    def forget(self, document: str) -> None:
        self._documents.pop(document, None)

    def is_service(self, place: Place, nick: str) -> bool:
        """Whether an occupant is the service, by their real JID."""
        jid = place.occupants[nick].jid if nick in place.occupants else None
        return jid is not None and jid.bare == self.service

    def listen(self, stream: Stream) -> None:
        """Hear what comes on `stream`; called before its first stanza."""
        stream.register_handler(
            Callback("documents receipts", MatchXPath("{jabber:client}message"), self._on_message)
        )
        stream.register_handler(
            Callback(
                "documents sync",
                MatchXPath(f"{{jabber:client}}iq/{{{DOCUMENTS}}}sync"),
                _Answer(self, stream),
            )
        )

    def _on_message(self, stanza: StanzaBase) -> None:
        if stanza.xml.get("type") != "headline" or stanza["from"].bare != self.service:
            return
        try:
            payload = read_payload(stanza.xml)
        except BridgeError as error:
            log.warning("receipt refused: reason=%s", error)
            return
        if isinstance(payload, Changed):
            self._changed(payload.document)
        if not isinstance(payload, Durable | Refused):
            return
        correspondent = self._documents.get(payload.document)
        if correspondent is None:
            return
        match payload:
            case Durable():
                correspondent.on_durable(payload)
            case Refused():
                correspondent.on_update_refused(payload)

    def reply(self, sender: StanzaBase) -> ET.Element:
        """The answer to a sync query, or a BridgeError."""
        asker = sender["from"]
        correspondent = self._documents.get(asker.user)
        if correspondent is None:
            raise NotFoundError("this server has no such document open")
        query = read_payload(sender.xml)
        if not isinstance(query, SyncQuery):
            raise BadPayloadError("not a sync query")
        return to_xml(correspondent.answer(asker.resource, query))


class _Answer:
    """Answers one stream's queries."""

    def __init__(self, direct: DirectStanzas, stream: Stream) -> None:
        self._direct = direct
        self._stream = stream

    def __call__(self, stanza: StanzaBase) -> None:
        if stanza.xml.get("type") not in {"get", "set"}:
            return
        answer = self._stream.make_iq(
            id=stanza.xml.get("id", ""), ito=stanza["from"], itype="result"
        )
        try:
            answer.xml.append(self._direct.reply(stanza))
        except BridgeError as error:
            kind = "auth" if isinstance(error, ForbiddenError) else "cancel"
            answer["type"] = "error"
            failure = ET.SubElement(answer.xml, "{jabber:client}error", type=kind)
            ET.SubElement(failure, f"{{{STANZAS}}}{error.condition}")
        self._stream.send(answer)
