"""From what a chat room says to what the archive keeps; what cannot be read is said and left out."""

from __future__ import annotations

import logging
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Sequence

from xmpp_bridge.archive.store import Entry
from xmpp_bridge.chat.heard import Heard, read_archived, read_live
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.errors import BadPayloadError
from xmpp_bridge.xmpp.mam import Archived

log = logging.getLogger(__name__)

AccountOf = Callable[[str], Awaitable[int | None]]
"""The account of a bare JID."""


class Collector:
    """Makes the entries of one room; `jid` is its chat's, `service` that of the service itself."""

    def __init__(self, room: RoomId, jid: str, service: str, account_of: AccountOf) -> None:
        self._room = room
        self._jid = jid
        self._service = service
        self._account_of = account_of

    async def live(
        self, sender: str, message_id: str, payloads: Sequence[ET.Element], namespace: str
    ) -> Entry | None:
        """An entry for what an occupant, by their real bare JID, has just said; None for what is not kept."""
        return await self._entry(
            lambda: read_live(self._jid, sender, message_id, payloads, namespace)
        )

    async def archived(self, archived: Archived) -> Entry | None:
        """The same for what the XMPP server has kept."""
        return await self._entry(lambda: read_archived(archived))

    async def _entry(self, read: Callable[[], Heard | None]) -> Entry | None:
        try:
            heard = read()
        except BadPayloadError as error:
            log.warning("not archived: room=%s why=%s", self._room, error)
            return None
        if heard is None or not heard.counts(by_service=heard.sender == self._service):
            return None
        account = await self._account_of(heard.person)
        return Entry(
            self._room, heard.stanza_id, heard.sender, account, heard.at, heard.origin, heard.said
        )
