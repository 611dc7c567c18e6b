"""Ask a client what it is (XEP-0030)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final

from slixmpp import JID
from slixmpp.basexmpp import BaseXMPP
from slixmpp.exceptions import IqError, IqTimeout

from xmpp_bridge.presence.devices import INFO
from xmpp_bridge.xmpp.errors import UnavailableError

PATIENCE: Final = 15.0


async def ask_what(stream: BaseXMPP, who: JID, node: str) -> ET.Element:
    """The answer of the client at `who`; raises `UnavailableError` if it gives none."""
    iq = stream.make_iq_get(ito=who)
    iq.xml.append(ET.Element(f"{{{INFO}}}query", {"node": node}))
    try:
        answer = await iq.send(timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except (IqError, IqTimeout):
        raise UnavailableError("the client does not say what it is") from None
    info = answer.xml.find(f"{{{INFO}}}query")
    if info is None:
        raise UnavailableError("the client does not say what it is")
    found: ET.Element = info
    return found
