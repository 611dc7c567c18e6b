"""What a room says, live or from its archive, as one value: who really said what, and what the room calls it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from xmpp_bridge.chat.message import (
    ChatMessage,
    Correction,
    Moderation,
    OriginId,
    Reaction,
    Resolution,
    Retraction,
    Said,
    StanzaId,
)
from xmpp_bridge.chat.stanza import read_origin_id, read_payload, read_stanza_id, stanza_id_of
from xmpp_bridge.xmpp.mam import Archived
from xmpp_bridge.xmpp.muc import MUC_USER

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAID: Final = (ChatMessage, Correction, Retraction, Moderation, Reaction, Resolution)


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that stays; `sender` is the real bare JID."""

    stanza_id: StanzaId
    sender: str
    origin: OriginId | None
    said: Said

    def counts(self, *, by_service: bool) -> bool:
        """Only the service says that somebody moderates, since only it has asked who may; it also answers and tells."""
        if by_service:
            return isinstance(self.said, Moderation | ChatMessage)
        return not isinstance(self.said, Moderation)

    @property
    def person(self) -> str:
        """The bare JID of whose doing it is: the service speaks for a moderator."""
        return self.said.by if isinstance(self.said, Moderation) else self.sender

    @property
    def at(self) -> datetime:
        """COMPAT(ejabberd): its stanza-ids are microseconds since 1970, and so is its archive's order."""
        return _EPOCH + timedelta(microseconds=int(self.stanza_id))


def read_live(
    room: str, sender: str, message_id: str, payloads: Sequence[ET.Element], namespace: str
) -> Heard | None:
    """What an occupant has just said in `room`, both by their bare JIDs; None for what does not stay.

    Raises `BadPayloadError` for what nobody can have meant.
    """
    stanza_id = stanza_id_of(payloads, room)
    if stanza_id is None:
        return None
    return _read(stanza_id, sender, message_id, payloads, namespace)


def read_archived(archived: Archived) -> Heard | None:
    """The same for what a room's archive holds; None also for what the room itself said."""
    message = archived.message
    sender = _real_sender(message)
    if sender is None:
        return None
    namespace = message.tag.partition("}")[0].removeprefix("{")
    stanza_id = read_stanza_id(archived.id)
    return _read(stanza_id, sender, message.get("id", ""), list(message), namespace)


def _read(
    stanza_id: StanzaId,
    sender: str,
    message_id: str,
    payloads: Sequence[ET.Element],
    namespace: str,
) -> Heard | None:
    said = read_payload(payloads, namespace)
    if not isinstance(said, _SAID):
        return None
    return Heard(stanza_id, sender, read_origin_id(message_id) if message_id else None, said)


def _real_sender(message: ET.Element) -> str | None:
    """The bare JID which the room's archive adds, before all that the sender may have put there."""
    if "/" not in message.get("from", ""):
        return None
    for child in message:
        if child.tag == f"{{{MUC_USER}}}x":
            item = child.find(f"{{{MUC_USER}}}item")
            jid = "" if item is None else item.get("jid", "")
            return jid.partition("/")[0] or None
    return None
