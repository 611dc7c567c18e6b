"""Everybody's card (XEP-0054), shown to those who may know of them.

The XMPP server would show it to whoever asks; it leaves the question to us (XEP-0355), and to nobody while we are away.
"""

from __future__ import annotations

import logging
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from typing import Final

from slixmpp import JID, InvalidJID
from slixmpp.xmlstream import tostring
from slixmpp.xmlstream.handler import Callback, CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.accounts.card import VCARD, Card, read_vcard, vcard_to_xml
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.picture import picture_of
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.away import refusal
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.xmpp import delegation
from xmpp_bridge.xmpp.allowance import Allowance
from xmpp_bridge.xmpp.component import Component, ComponentStream
from xmpp_bridge.xmpp.delegation import DELEGATION, INFO, NODE, Delegated
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    BridgeError,
    ForbiddenError,
    NotFoundError,
    TooLargeError,
)

log = logging.getLogger(__name__)

OWN: Final = "urn:xmpp-bridge:card:0"
"""Where an account keeps what its owner has written on their card, in their private storage (XEP-0049)."""
MOST_BYTES: Final = 262_144
AT_ONCE: Final = 1_000
EVERY: Final = 0.02
"""Seconds until one may ask once more, after as many as a large room has people."""


class Cards:
    """The name is the hub's. The picture is what its owner has put there, or one made from the address."""

    def __init__(
        self,
        component: Component,
        ejabberd: EjabberdApi,
        addresses: Addresses,
        account: Callable[[str], Awaitable[Account | None]],
        may_know: Callable[[str, str], bool],
        clock: Callable[[], float],
    ) -> None:
        """`account` finds one by bare JID; `may_know` says whether the first localpart may know of the second."""
        self._ejabberd = ejabberd
        self._addresses = addresses
        self._account = account
        self._may_know = may_know
        self._clock = clock
        self._allowance = Allowance(AT_ONCE, EVERY)
        component.prepare(self.listen)

    def listen(self, stream: ComponentStream) -> None:
        """Called before the stream's first stanza: the XMPP server asks at once what we take over."""
        iq = f"{{{stream.default_ns}}}iq"
        path = MatchXPath(f"{iq}/{{{INFO}}}query")
        stream.register_handler(Callback("what we take over", path, self._on_info))
        path = MatchXPath(f"{iq}/{{{DELEGATION}}}delegation")
        stream.register_handler(CoroutineCallback("a card", path, self._on_delegated))

    def _on_info(self, iq: StanzaBase) -> None:
        query = iq.xml.find(f"{{{INFO}}}query")
        node = "" if query is None else query.get("node", "")
        if not node.startswith(NODE) or iq.xml.get("type") != "get" or not self._is_server(iq):
            return
        reply = iq.reply()
        if node == delegation.of_accounts(VCARD):
            reply.xml.append(delegation.features_to_xml(node, VCARD))
        else:  # The card of the server itself, which is nobody's.
            reply.xml.append(ET.Element(f"{{{INFO}}}query", node=node))
            reply.xml.set("type", "error")
            error = ET.SubElement(reply.xml, f"{{{iq.namespace}}}error", type="cancel")
            ET.SubElement(error, f"{{{delegation.STANZAS}}}item-not-found")
        reply.send()

    async def _on_delegated(self, iq: StanzaBase) -> None:
        if iq.xml.get("type") != "set" or not self._is_server(iq):
            return
        try:
            asked = delegation.read_delegated(iq.xml)
        except BadPayloadError as error:
            log.warning("the XMPP server has handed over what we cannot read: %s", error)
            return
        reply = iq.reply()
        reply.xml.append(await self.answered(asked))
        reply.send()

    def _is_server(self, iq: StanzaBase) -> bool:
        return str(iq["from"]) == self._addresses.domain

    async def answered(self, asked: Delegated) -> ET.Element:
        """What is handed back: the card, that it is kept, or why not."""
        try:
            return delegation.result_to_xml(asked, *await self._answer(asked))
        except Exception as error:
            told = refusal(error)
            if told is None:
                raise
            log.info("card refused: condition=%s", told.condition)
            return delegation.refusal_to_xml(asked, _kind(told), told.condition, str(told))

    async def _answer(self, asked: Delegated) -> tuple[ET.Element, ...]:
        sender, owner = _jid(asked.sender), _jid(asked.account)
        if not self._allowance.take(sender.full, self._clock()):
            raise TooLargeError("you have asked a lot: ask again in a moment")
        vcard = asked.iq.find(f"{{{VCARD}}}vCard")
        if vcard is None:
            raise BadPayloadError("this is no vCard")
        if asked.is_set:
            if sender.bare != owner.bare:
                raise ForbiddenError("a card is its owner's")
            await self._keep(owner.local, vcard)
            return ()
        # Whoever may not know of somebody hears what everybody hears of nobody.
        person = await self._account(owner.bare)
        if person is None or not person.enabled or not self._sees(sender, owner):
            raise NotFoundError("no such card")
        return (await self._card(person, owner),)

    def _sees(self, sender: JID, owner: JID) -> bool:
        """A room asks for those who are in it, of those who are in it (XEP-0045, section 17.4)."""
        if sender.domain in (self._addresses.rooms, self._addresses.service.domain):
            return True
        if sender.domain != self._addresses.domain:
            return False
        return bool(sender.bare == owner.bare) or self._may_know(sender.local, owner.local)

    async def _card(self, person: Account, owner: JID) -> ET.Element:
        tag = f"{{{OWN}}}card"
        text = await self._ejabberd.private(person.localpart, "card", OWN)
        # As the XMPP server has parsed and kept it.
        kept = ET.fromstring(text).find(f"{tag}/{{{VCARD}}}vCard") if text else None  # noqa: S314
        picture = read_vcard(kept).picture
        card = Card(person.display_name, picture or picture_of(owner.bare))
        return vcard_to_xml(card, kept)

    async def _keep(self, localpart: str, vcard: ET.Element) -> None:
        own = ET.Element(f"{{{OWN}}}card")
        own.append(vcard)
        text = tostring(own)  # with no prefix: ejabberd knows none
        if len(text.encode()) > MOST_BYTES:
            raise TooLargeError(f"a card has at most {MOST_BYTES // 1024} KiB")
        await self._ejabberd.set_private(localpart, text)


def _jid(text: str) -> JID:
    try:
        return JID(text)
    except InvalidJID:
        raise BadPayloadError("this is no JID") from None


def _kind(error: BridgeError) -> str:
    """The kind of a stanza error (RFC 6120, section 8.3.2)."""
    if isinstance(error, ForbiddenError):
        return "auth"
    if isinstance(error, BadPayloadError):
        return "modify"
    return "cancel" if isinstance(error, NotFoundError) else "wait"
