"""How far the owner of an account has read in each room, as all of their clients know it (XEP-0490)."""

from __future__ import annotations

import asyncio
import logging
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Final

from xmpp_bridge.chat.message import StanzaId, older
from xmpp_bridge.chat.stanza import STANZA_IDS, read_stanza_id
from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import BadPayloadError
from xmpp_bridge.xmpp.keeping import keep_up
from xmpp_bridge.xmpp.pep import Shelf
from xmpp_bridge.xmpp.stream import Stream

log = logging.getLogger(__name__)

DISPLAYED: Final = "urn:xmpp:mds:displayed:0"


class ReadMarks:
    """Says on the owner's other clients what was read here, and here what was read there; marks never go back."""

    def __init__(
        self,
        client: Client,
        on_read: Callable[[str], None],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._on_read = on_read
        self._chance = chance
        self._known: dict[str, StanzaId] = {}
        self._read: dict[str, StanzaId] = {}
        self._news = asyncio.Event()

    def of(self, room: str) -> StanzaId | None:
        """How far the owner has read in the room of this bare JID, as their clients say."""
        return self._known.get(room)

    def put(self, room: str, through: StanzaId) -> None:
        """The owner has read this far in the room of this bare JID; their other clients will hear of it."""
        known = self._known.get(room)
        if known is None or older(known, through):
            self._read[room] = through
            self._news.set()

    async def run(self) -> None:
        """Keep all clients at one until cancelled."""
        await keep_up("read marks", self._client, self._share, self._chance)

    async def _share(self, stream: Stream) -> None:
        shelf = Shelf(stream, DISPLAYED, self._take)
        await shelf.open()
        while True:
            for room in list(self._read):
                through = self._read[room]
                if self._is_news(room, through):
                    await shelf.publish(room, mark_to_xml(room, through))
                    self._known[room] = through
                if self._read[room] == through:
                    del self._read[room]
            self._news.clear()
            if not self._read:
                await self._news.wait()

    def _take(self, item: ET.Element) -> None:
        try:
            room, through = read_mark(item)
        except BadPayloadError as error:
            log.info("read mark refused: why=%s", error)
            return
        if self._is_news(room, through):
            self._known[room] = through
            self._on_read(room)

    def _is_news(self, room: str, through: StanzaId) -> bool:
        known = self._known.get(room)
        return known is None or older(known, through)


def mark_to_xml(room: str, through: StanzaId) -> ET.Element:
    """The payload of the item that is called like the room."""
    displayed = ET.Element(f"{{{DISPLAYED}}}displayed")
    ET.SubElement(displayed, f"{{{STANZA_IDS}}}stanza-id", by=room, id=through)
    return displayed


def read_mark(item: ET.Element) -> tuple[str, StanzaId]:
    """Parse an item, of whatever pubsub namespace: the bare JID of a room, and what it calls its message.

    Only the room's own ids can be compared; marks of chats between accounts, with ids of their archives, are refused.
    """
    room = item.get("id", "")
    named = item.find(f"{{{DISPLAYED}}}displayed/{{{STANZA_IDS}}}stanza-id")
    if not room or named is None or named.get("by", room) != room:
        raise BadPayloadError("a read mark names a message by an id of its room")
    return room, read_stanza_id(named.get("id", ""))
