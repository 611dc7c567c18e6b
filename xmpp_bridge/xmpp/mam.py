"""Walk a room's archive page by page (XEP-0313, XEP-0059)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import Final

from slixmpp import JID
from slixmpp.basexmpp import BaseXMPP
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.xmpp.errors import BadPayloadError, UnavailableError

MAM: Final = "urn:xmpp:mam:2"
RSM: Final = "http://jabber.org/protocol/rsm"
FORWARD: Final = "urn:xmpp:forward:0"
DELAY: Final = "urn:xmpp:delay"
PAGE: Final = 100
PATIENCE: Final = 30.0


@dataclass(frozen=True)
class Archived:
    """One message of an archive, with the id and the time that the archive itself gives it."""

    id: str
    at: datetime
    message: ET.Element = field(repr=False)


class Mam:
    """The archives that one stream may read. COMPAT(slixmpp 1.17): its own plugin gives a component no results."""

    def __init__(self, stream: BaseXMPP) -> None:
        self._stream = stream
        self._pages: dict[str, tuple[str, list[ET.Element]]] = {}
        stream.register_handler(
            Callback(
                "archived messages",
                MatchXPath(f"{{{stream.default_ns}}}message/{{{MAM}}}result"),
                self._on_result,
            )
        )

    async def walk(self, room: JID, after: str | None) -> AsyncIterator[list[Archived]]:
        """Yield the pages behind the message `after`, oldest first, until there are no more."""
        while True:
            page, last, complete = await self._page(room, after)
            if page:
                yield page
            if complete or last is None:
                return
            after = last

    async def _page(self, room: JID, after: str | None) -> tuple[list[Archived], str | None, bool]:
        query_id = token_hex(8)
        iq = self._stream.make_iq_set(ito=room)
        query = ET.Element(f"{{{MAM}}}query", queryid=query_id)
        window = ET.SubElement(query, f"{{{RSM}}}set")
        ET.SubElement(window, f"{{{RSM}}}max").text = str(PAGE)
        if after is not None:
            ET.SubElement(window, f"{{{RSM}}}after").text = after
        iq.xml.append(query)
        found: list[ET.Element] = []
        self._pages[query_id] = room.bare, found
        try:
            answer = await iq.send(timeout=PATIENCE)  # type: ignore[no-untyped-call]
        except (IqError, IqTimeout) as error:
            raise UnavailableError(f"the archive of {room.bare} cannot be read") from error
        finally:
            del self._pages[query_id]
        fin = answer.xml.find(f"{{{MAM}}}fin")
        if fin is None:
            raise BadPayloadError("an archive's answer has an end")
        last = fin.findtext(f"{{{RSM}}}set/{{{RSM}}}last")
        return [read_archived(each) for each in found], last, fin.get("complete") == "true"

    def _on_result(self, stanza: StanzaBase) -> None:
        """Only what the asked room sends counts: anybody can put a result into a message."""
        result = stanza.xml.find(f"{{{MAM}}}result")
        if result is None:
            return
        room, found = self._pages.get(result.get("queryid", ""), ("", []))
        if stanza.xml.get("from") == room:
            found.append(result)


def read_archived(result: ET.Element) -> Archived:
    """Parse one result, or raise `BadPayloadError`."""
    forwarded = result.find(f"{{{FORWARD}}}forwarded")
    delay = None if forwarded is None else forwarded.find(f"{{{DELAY}}}delay")
    message = None if forwarded is None else forwarded.find("{*}message")
    if delay is None or message is None:
        raise BadPayloadError("an archived message has a time and a stanza")
    try:
        at = datetime.fromisoformat(delay.get("stamp", "")).astimezone(UTC)
    except ValueError:
        raise BadPayloadError("an archived message has a time") from None
    return Archived(result.get("id", ""), at, message)
