"""What an account keeps on the XMPP server for its clients (XEP-0049)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final, Literal

from slixmpp.basexmpp import BaseXMPP
from slixmpp.exceptions import IqError, IqTimeout

from xmpp_bridge.xmpp.errors import UnavailableError, error_of

PRIVATE: Final = "jabber:iq:private"
PATIENCE: Final = 30.0


async def read_private(stream: BaseXMPP, tag: str) -> ET.Element:
    """What is kept under this element; an empty one for nothing."""
    answer = await _ask(stream, "get", ET.Element(tag))
    found = answer.find(f"{{{PRIVATE}}}query/{tag}")
    return ET.Element(tag) if found is None else found


async def write_private(stream: BaseXMPP, element: ET.Element) -> None:
    """Keep this in place of what was kept under the same element."""
    await _ask(stream, "set", element)


async def _ask(stream: BaseXMPP, kind: Literal["get", "set"], element: ET.Element) -> ET.Element:
    iq = stream.make_iq(itype=kind)
    ET.SubElement(iq.xml, f"{{{PRIVATE}}}query").append(element)
    try:
        answer = await iq.send(timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except IqError as error:
        raise error_of(error.condition, f"private storage: {error.text}") from error
    except IqTimeout:
        raise UnavailableError("private storage is not answered for") from None
    xml: ET.Element = answer.xml
    return xml
