"""Keeps the owner's picture the same wherever other clients look for it, as long as their Jupyter server runs."""

from __future__ import annotations

import asyncio
import base64
import binascii
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Final

from slixmpp import JID
from slixmpp.basexmpp import BaseXMPP
from slixmpp.exceptions import IqError, IqTimeout

from xmpp_bridge.accounts.card import (
    AVATAR,
    METADATA,
    VCARD,
    Card,
    avatar_to_xml,
    hash_of,
    metadata_to_xml,
    read_vcard,
    vcard_to_xml,
)
from xmpp_bridge.accounts.picture import picture_of
from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import UnavailableError, error_of
from xmpp_bridge.xmpp.keeping import keep_up
from xmpp_bridge.xmpp.pep import CONTACTS, Shelf
from xmpp_bridge.xmpp.stream import Stream

PATIENCE: Final = 30.0


class CardKeeper:
    """What the owner has put on one place with a client of theirs is put on the other (XEP-0398); else one is made."""

    def __init__(self, client: Client, on_picture: Callable[[], None]) -> None:
        """`on_picture` is told when `hash` may have changed."""
        self.hash = ""
        """What the picture is called (XEP-0153); empty until it is known."""
        self._client = client
        self._on_picture = on_picture

    async def run(self) -> None:
        """Look at every login, until cancelled."""
        await keep_up("card", self._client, self._keep)

    async def _keep(self, stream: Stream) -> None:
        made = picture_of(stream.boundjid.bare)
        vcard = await read_card(stream, None)
        card = read_vcard(vcard)
        pictures = Shelf(stream, AVATAR, access=CONTACTS)
        own = [
            each for each in map(_read_avatar, await pictures.items()) if each not in (b"", made)
        ]
        if own and own[-1] != card.picture:
            card = Card(card.name, own[-1])
            await write_card(stream, None, vcard_to_xml(card, vcard))
        elif not own and card.picture:
            await pictures.publish(card.hash, avatar_to_xml(card))
            metadata = Shelf(stream, METADATA, access=CONTACTS)
            await metadata.publish(card.hash, metadata_to_xml(card))
        self.hash = card.hash
        self._on_picture()
        await asyncio.Event().wait()


def _read_avatar(item: ET.Element) -> bytes:
    """The picture in an item, if it is what it is called (XEP-0084, section 3); empty otherwise."""
    text = "".join((item.findtext(f"{{{AVATAR}}}data") or "").split())
    try:
        picture = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return picture if hash_of(picture) == item.get("id") else b""


async def read_card(stream: BaseXMPP, of: JID | None) -> ET.Element | None:
    """The vCard of an account or a room; None without one. `of` is None for one's own."""
    iq = stream.make_iq_get(ito=of)
    iq.xml.append(ET.Element(f"{{{VCARD}}}vCard"))
    try:
        answer = await iq.send(timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except IqError as error:
        if error.condition == "item-not-found":
            return None
        raise error_of(error.condition, f"vCard: {error.text}") from error
    except IqTimeout:
        raise UnavailableError("nobody answers for the vCard") from None
    found: ET.Element | None = answer.xml.find(f"{{{VCARD}}}vCard")
    return found


async def write_card(stream: BaseXMPP, of: JID | None, vcard: ET.Element) -> None:
    """Put a vCard in place of what was there."""
    iq = stream.make_iq_set(ito=of)
    iq.xml.append(vcard)
    try:
        await iq.send(timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except IqError as error:
        raise error_of(error.condition, f"vCard: {error.text}") from error
    except IqTimeout:
        raise UnavailableError("nobody answers for the vCard") from None
