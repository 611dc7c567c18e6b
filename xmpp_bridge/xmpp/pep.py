"""One node of one's own personal eventing (XEP-0163): a shelf that all clients of an account look at."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Literal

from slixmpp.basexmpp import BaseXMPP
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.xmpp.errors import ConflictError, NotFoundError, UnavailableError, error_of

PUBSUB: Final = "http://jabber.org/protocol/pubsub"  # XEP-0060
EVENT: Final = f"{PUBSUB}#event"
DATA: Final = "jabber:x:data"  # XEP-0004
PATIENCE: Final = 30.0

OPTIONS: Final = {
    "FORM_TYPE": f"{PUBSUB}#publish-options",
    "pubsub#persist_items": "true",
}
"""COMPAT(ejabberd 23.01): it refuses `max_items` here, which its own configuration has to say (ejabberd.yml)."""


Access = Literal["whitelist", "presence"]
CONTACTS: Final = "presence"
"""For those who may see whether the account is there."""


class Shelf:
    """A node of the account's own, for itself or for everybody; once open, `on_item` is told of every item."""

    def __init__(
        self,
        stream: BaseXMPP,
        node: str,
        on_item: Callable[[ET.Element], None] = lambda _item: None,
        access: Access = "whitelist",
    ) -> None:
        self._stream = stream
        self._node = node
        self._on_item = on_item
        self._options = {**OPTIONS, "pubsub#access_model": access}

    async def open(self) -> None:
        """Be told of what is published from now on, and of everything that is there.

        The XMPP server tells only who is present (XEP-0163, section 4.3.2).
        """
        self._stream.register_handler(
            Callback(
                f"events of {self._node}",
                MatchXPath(f"{{{self._stream.default_ns}}}message/{{{EVENT}}}event"),
                self._on_event,
            )
        )
        with suppress(ConflictError):  # there is one already
            await self._ask("set", ET.Element(f"{{{PUBSUB}}}create", node=self._node))
        me = self._stream.boundjid.full
        await self._ask("set", ET.Element(f"{{{PUBSUB}}}subscribe", node=self._node, jid=me))
        for item in await self.items():
            self._on_item(item)

    async def items(self) -> list[ET.Element]:
        """What is there now; nothing if there is no such node."""
        try:
            answer = await self._ask("get", ET.Element(f"{{{PUBSUB}}}items", node=self._node))
        except NotFoundError:
            return []
        return answer.findall(f"{{{PUBSUB}}}pubsub/{{{PUBSUB}}}items/{{{PUBSUB}}}item")

    async def publish(self, item_id: str, payload: ET.Element) -> None:
        """Put something under this name, in place of what was there."""
        publish = ET.Element(f"{{{PUBSUB}}}publish", node=self._node)
        ET.SubElement(publish, f"{{{PUBSUB}}}item", id=item_id).append(payload)
        options = ET.Element(f"{{{PUBSUB}}}publish-options")
        form = ET.SubElement(options, f"{{{DATA}}}x", type="submit")
        for name, value in self._options.items():
            field = ET.SubElement(form, f"{{{DATA}}}field", var=name)
            ET.SubElement(field, f"{{{DATA}}}value").text = value
        await self._ask("set", publish, options)

    async def retract(self, item_id: str) -> None:
        """Take something away, and tell all clients."""
        retract = ET.Element(f"{{{PUBSUB}}}retract", node=self._node, notify="true")
        ET.SubElement(retract, f"{{{PUBSUB}}}item", id=item_id)
        with suppress(NotFoundError):  # somebody else was faster
            await self._ask("set", retract)

    async def _ask(self, kind: Literal["get", "set"], *children: ET.Element) -> ET.Element:
        iq = self._stream.make_iq(itype=kind)
        pubsub = ET.SubElement(iq.xml, f"{{{PUBSUB}}}pubsub")
        pubsub.extend(children)
        try:
            answer = await iq.send(timeout=PATIENCE)  # type: ignore[no-untyped-call]
        except IqError as error:
            raise error_of(error.condition, f"{self._node}: {error.text}") from error
        except IqTimeout:
            raise UnavailableError(f"{self._node} is not answered for") from None
        xml: ET.Element = answer.xml
        return xml

    def _on_event(self, stanza: StanzaBase) -> None:
        """Only the account itself has such a shelf: anybody can put an event into a message."""
        if stanza.xml.get("from") != self._stream.boundjid.bare:
            return
        items = stanza.xml.find(f"{{{EVENT}}}event/{{{EVENT}}}items")
        if items is not None and items.get("node") == self._node:
            for item in items.iterfind(f"{{{EVENT}}}item"):
                self._on_item(item)
