"""Tells XMPP clients where they can put files, and by which policy things are kept (XEP-0363, XEP-0504, XEP-0030)."""

from __future__ import annotations

import asyncio
import logging
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from slixmpp.xmlstream.handler import Callback, CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.away import refusal
from xmpp_bridge.hub_service.slots import Slots
from xmpp_bridge.uploads.stanza import (
    INFO,
    ITEMS,
    UPLOAD,
    error_to_xml,
    info_to_xml,
    read_request,
    slot_to_xml,
)
from xmpp_bridge.xmpp.component import Component, ComponentStream
from xmpp_bridge.xmpp.errors import BridgeError, ForbiddenError

log = logging.getLogger(__name__)

AccountOf = Callable[[str], Awaitable[Account | None]]
"""The enabled account of a bare JID."""


class UploadService:
    """Who asks is who ejabberd says: it lets nobody in from elsewhere, and a `from` cannot be forged."""

    def __init__(
        self,
        component: Component,
        slots: Slots,
        account_of: AccountOf,
        root: str | None,
        policy: Callable[[], ET.Element | None],
    ) -> None:
        """`root` is where browsers reach the service, with a / at the end; None if nobody knows.

        `policy` makes what everybody may know of what becomes of what they write, if anything does.
        """
        self._component = component
        self._slots = slots
        self._account_of = account_of
        self._root = root
        self._policy = policy

    async def run(self) -> None:
        """Answer until cancelled. Whoever does not know the address of a file does not offer any."""
        while True:
            stream = await self._component.stream()
            self._listen(stream)
            await asyncio.shield(stream.ended)

    def _listen(self, stream: ComponentStream) -> None:
        iq = f"{{{stream.default_ns}}}iq"
        for name, path, handler in (
            ("what is here", f"{iq}/{{{INFO}}}query", self._on_info),
            ("what is below", f"{iq}/{{{ITEMS}}}query", self._on_items),
        ):
            stream.register_handler(Callback(name, MatchXPath(path), handler))
        if self._root is not None:
            request = MatchXPath(f"{iq}/{{{UPLOAD}}}request")
            stream.register_handler(CoroutineCallback("a slot", request, self._on_request))

    def _on_info(self, iq: StanzaBase) -> None:
        if _asks_here(iq, f"{{{INFO}}}query"):
            most = None if self._root is None else self._slots.limits.file
            _answer(iq, info_to_xml(most, self._policy()))

    def _on_items(self, iq: StanzaBase) -> None:
        if _asks_here(iq, f"{{{ITEMS}}}query"):
            _answer(iq, ET.Element(f"{{{ITEMS}}}query"))

    async def _on_request(self, iq: StanzaBase) -> None:
        if iq.xml.get("type") != "get":
            return
        try:
            _answer(iq, await self._slot_for(iq))
        except Exception as error:
            told = refusal(error)
            if told is None:
                raise
            log.info("no slot: condition=%s", told.condition)
            _refuse(iq, told, self._slots.limits.file)

    async def _slot_for(self, iq: StanzaBase) -> ET.Element:
        request = iq.xml.find(f"{{{UPLOAD}}}request")
        asker = await self._account_of(iq["from"].bare)
        if asker is None or not asker.enabled or request is None:
            raise ForbiddenError("only people of this hub put files here")
        slot, token = await self._slots.offer(asker, read_request(request))
        url = f"{self._root}api/uploads/{slot.id}/{quote(slot.file.name, safe='')}"
        return slot_to_xml(url, url, token)


def _asks_here(iq: StanzaBase, tag: str) -> bool:
    """Nodes are commands (hub_service/command_service.py)."""
    query = iq.xml.find(tag)
    return iq.xml.get("type") == "get" and query is not None and query.get("node") is None


def _answer(iq: StanzaBase, payload: ET.Element) -> None:
    answer = iq.reply()
    answer.xml.append(payload)
    answer.send()


def _refuse(iq: StanzaBase, error: BridgeError, most: int) -> None:
    answer = iq.reply()
    answer.xml.set("type", "error")
    answer.xml.append(error_to_xml(error, most, iq.namespace))
    answer.send()
