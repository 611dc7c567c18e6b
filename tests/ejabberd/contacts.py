"""A client that looks at its contact list and hears of the people on it (RFC 6121)."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.xmpp.stream import Stream

ROSTER = "{jabber:iq:roster}"


class Contacts:
    """The contact list of a client, and what it is told of its contacts."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.heard: list[tuple[str, str]] = []
        """Contacts, and how they are there now; `remove` of one that is none any more."""
        self._news = asyncio.Event()
        for path in ("presence", f"iq/{ROSTER}query"):
            matcher = MatchXPath(f"{{jabber:client}}{path}")
            stream.register_handler(Callback(path, matcher, self._hear))

    async def hear(self, who: str, what: str) -> None:
        """Return when the client has been told this."""
        async with asyncio.timeout(10):
            while (who, what) not in self.heard:
                self._news.clear()
                await self._news.wait()

    def _hear(self, stanza: StanzaBase) -> None:
        for item in stanza.xml.iter(f"{ROSTER}item"):
            self._told(item.get("jid", ""), item.get("subscription", ""))
        if stanza.name == "presence":
            show = stanza.xml.findtext("{jabber:client}show") or stanza.xml.get("type")
            self._told(stanza.xml.get("from", ""), show or "available")

    def _told(self, jid: str, what: str) -> None:
        who = jid.partition("@")[0]
        if who != self._stream.boundjid.user:
            self.heard.append((who, what))
            self._news.set()

    async def look(self) -> dict[str, tuple[str, list[str | None]]]:
        """Subscription and headings of each contact."""
        iq = self._stream.make_iq_get()
        iq.xml.append(ET.Element(f"{ROSTER}query"))
        answer = await iq.send(timeout=10)  # type: ignore[no-untyped-call]
        return {
            item.get("jid", "").partition("@")[0]: (
                item.get("subscription", ""),
                [group.text for group in item],
            )
            for item in answer.xml.iter(f"{ROSTER}item")
        }
