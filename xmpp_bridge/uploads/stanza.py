"""HTTP File Upload as the children of an IQ (XEP-0363); the only file that knows their XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Final

from xmpp_bridge.chat.attachment import read_file_name, read_type
from xmpp_bridge.uploads.slot import Announcement
from xmpp_bridge.xmpp.adhoc import COMMANDS
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError, TooLargeError

UPLOAD: Final = "urn:xmpp:http:upload:0"
INFO: Final = "http://jabber.org/protocol/disco#info"  # XEP-0030
ITEMS: Final = "http://jabber.org/protocol/disco#items"
DATA: Final = "jabber:x:data"  # XEP-0004
STANZAS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
NAME: Final = "Files of Jupyter rooms"

_SIZE = re.compile(r"[1-9][0-9]{0,15}")
_TYPES: Final = {
    "resource-constraint": "wait",
    "service-unavailable": "wait",
    "bad-request": "modify",
    "not-acceptable": "modify",
}
"""Of conditions, what whoever asked can do (RFC 6120, section 8.3.3); nothing, if it is not here."""


def read_request(request: ET.Element) -> Announcement:
    """Parse what a client wants to put (section 5)."""
    size = request.get("size", "")
    if not _SIZE.fullmatch(size):
        raise BadPayloadError("a file has a size in bytes")
    kind = read_type({"type": request.get("content-type", "")})
    return Announcement(read_file_name(request.get("filename", "")), int(size), kind)


def slot_to_xml(put: str, get: str, token: str) -> ET.Element:
    """Where the file goes, with what the client must say there, and where it will be."""
    slot = ET.Element(f"{{{UPLOAD}}}slot")
    header = ET.SubElement(
        ET.SubElement(slot, f"{{{UPLOAD}}}put", url=put),
        f"{{{UPLOAD}}}header",
        name="Authorization",
    )
    header.text = f"Bearer {token}"
    ET.SubElement(slot, f"{{{UPLOAD}}}get", url=get)
    return slot


def info_to_xml(most: int | None, policy: ET.Element | None) -> ET.Element:
    """That files of up to so many bytes may be put here (section 4), if they may, and by which `policy` all is kept."""
    query = ET.Element(f"{{{INFO}}}query")
    kind = ("component", "generic") if most is None else ("store", "file")
    ET.SubElement(query, f"{{{INFO}}}identity", category=kind[0], type=kind[1], name=NAME)
    for feature in (INFO, ITEMS, COMMANDS, *(() if most is None else (UPLOAD,))):
        ET.SubElement(query, f"{{{INFO}}}feature", var=feature)
    if most is not None:
        query.append(_limit_to_xml(most))
    if policy is not None:
        query.append(policy)
    return query


def _limit_to_xml(most: int) -> ET.Element:
    form = ET.Element(f"{{{DATA}}}x", type="result")
    for name, value, kind in (("FORM_TYPE", UPLOAD, "hidden"), ("max-file-size", str(most), None)):
        field = ET.SubElement(form, f"{{{DATA}}}field", var=name)
        if kind is not None:
            field.set("type", kind)
        ET.SubElement(field, f"{{{DATA}}}value").text = value
    return form


def error_to_xml(error: BridgeError, most: int, namespace: str) -> ET.Element:
    """Why there is no slot; what is too large is told how large it may be (section 5)."""
    too_large = isinstance(error, TooLargeError)
    condition = "not-acceptable" if too_large else error.condition
    element = ET.Element(f"{{{namespace}}}error", type=_TYPES.get(condition, "cancel"))
    ET.SubElement(element, f"{{{STANZAS}}}{condition}")
    ET.SubElement(element, f"{{{STANZAS}}}text").text = str(error)
    if too_large:
        limit = ET.SubElement(element, f"{{{UPLOAD}}}file-too-large")
        ET.SubElement(limit, f"{{{UPLOAD}}}max-file-size").text = str(most)
    return element
