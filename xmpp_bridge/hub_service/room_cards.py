"""Gives each room a picture, which clients show beside its name."""

from __future__ import annotations

import logging

from slixmpp import JID

from xmpp_bridge.accounts.card import Card, read_vcard, vcard_to_xml
from xmpp_bridge.accounts.card_keeper import read_card, write_card
from xmpp_bridge.accounts.picture import picture_of
from xmpp_bridge.xmpp.component import ComponentStream
from xmpp_bridge.xmpp.errors import BridgeError

log = logging.getLogger(__name__)


async def give_picture(stream: ComponentStream, room: JID) -> None:
    """A convenience, so that it may fail; a room that has one keeps it."""
    try:
        kept = await read_card(stream, room)
        there = read_vcard(kept)
        if not there.picture:
            new = Card(there.name, picture_of(room.bare))
            await write_card(stream, room, vcard_to_xml(new, kept))
    except BridgeError as error:
        log.info("room without a picture: room=%s why=%s", room.bare, error)
