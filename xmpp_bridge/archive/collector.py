"""Follows one chat room: live, and after any absence from the last message that the archive holds.

The room's own archive (XEP-0313) and what is heard live overlap; the stanza-id tells what is held already. What is
heard while the archive catches up waits, so that nothing is kept before what was said before it.
"""

from __future__ import annotations

import logging
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from xmpp_bridge.archive.store import Entry
from xmpp_bridge.chat.message import (
    ChatMessage,
    Correction,
    Reaction,
    Resolution,
    Retraction,
    StanzaId,
)
from xmpp_bridge.chat.stanza import read_origin_id, read_payload, read_stanza_id, stanza_id_of
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.errors import BadPayloadError
from xmpp_bridge.xmpp.mam import Archived
from xmpp_bridge.xmpp.muc import MUC_USER

log = logging.getLogger(__name__)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAID = (ChatMessage, Correction, Retraction, Reaction, Resolution)

AccountOf = Callable[[str], Awaitable[int | None]]
"""The account of a bare JID."""


class Reader:
    """Makes entries of what a room says; what cannot be read is said and left out."""

    def __init__(self, room: RoomId, jid: str, account_of: AccountOf) -> None:
        self._room = room
        self._jid = jid
        self._account_of = account_of

    async def live(
        self, sender: str, message_id: str, payloads: Sequence[ET.Element], namespace: str
    ) -> Entry | None:
        """An entry for what an occupant, by their real bare JID, has just said; None for what is not kept."""
        stanza_id = stanza_id_of(payloads, self._jid)
        if stanza_id is None:
            return None
        return await self._entry(stanza_id, sender, message_id, payloads, namespace)

    async def archived(self, archived: Archived) -> Entry | None:
        """The same for what the XMPP server kept; it says who the sender really is, before all that they said."""
        message = archived.message
        sender = real_sender(message)
        if sender is None:
            return None
        namespace = message.tag.partition("}")[0].removeprefix("{")
        stanza_id = read_stanza_id(archived.id)
        return await self._entry(stanza_id, sender, message.get("id", ""), list(message), namespace)

    async def _entry(
        self,
        stanza_id: StanzaId,
        sender: str,
        message_id: str,
        payloads: Sequence[ET.Element],
        namespace: str,
    ) -> Entry | None:
        try:
            said = read_payload(payloads, namespace)
            origin = read_origin_id(message_id) if message_id else None
        except BadPayloadError as error:
            log.warning("not archived: room=%s stanza_id=%s why=%s", self._room, stanza_id, error)
            return None
        if not isinstance(said, _SAID):
            return None
        account = await self._account_of(sender)
        return Entry(self._room, stanza_id, sender, account, said_at(stanza_id), origin, said)


def said_at(stanza_id: StanzaId) -> datetime:
    """COMPAT(ejabberd): its stanza-ids are microseconds since 1970, and so is its archive's order."""
    return _EPOCH + timedelta(microseconds=int(stanza_id))


def real_sender(message: ET.Element) -> str | None:
    """The bare JID which the room's archive adds in front; None for what the room itself said."""
    if "/" not in message.get("from", ""):
        return None
    for child in message:
        if child.tag == f"{{{MUC_USER}}}x":
            item = child.find(f"{{{MUC_USER}}}item")
            jid = "" if item is None else item.get("jid", "")
            return jid.partition("/")[0] or None
    return None
