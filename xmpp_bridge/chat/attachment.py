"""Files in a message: stateless file sharing (XEP-0447), and the bare address (XEP-0066) that every client knows."""

from __future__ import annotations

import mimetypes
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from xmpp_bridge.chat.message import MAX_ATTACHMENTS, MAX_LINK, MAX_NAME, Attachment
from xmpp_bridge.xmpp.errors import BadPayloadError

SHARING: Final = "urn:xmpp:sfs:0"  # XEP-0447
FILE: Final = "urn:xmpp:file:metadata:0"  # XEP-0446
URL_DATA: Final = "http://jabber.org/protocol/url-data"  # XEP-0103
OUT_OF_BAND: Final = "jabber:x:oob"  # XEP-0066

ANY_TYPE: Final = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,63}")
_SIZE = re.compile(r"[0-9]{1,16}")
_LINK = re.compile(r"https?://[^\s<>\"\\\x00-\x20\x7f]+", re.IGNORECASE)
_UPLOAD = re.compile(r"/api/uploads/([0-9a-f]{32})/[^/?#]+$")
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read_link(text: str) -> str:
    """Parse an address of the web."""
    if len(text) > MAX_LINK or not _LINK.fullmatch(text):
        raise BadPayloadError("a link is an address that begins with http:// or https://")
    return text


def read_attachment(fields: Mapping[str, Any]) -> Attachment:
    """Parse a file as a browser, a disk or a stanza names it."""
    name, size = read_file_name(str(fields.get("name", ""))), fields.get("size")
    if type(size) is not int or not 0 <= size < 2**53:
        raise BadPayloadError("a file has a size in bytes")
    return Attachment(read_link(str(fields.get("url", ""))), name, size, read_type(fields))


def upload_in(url: str) -> str | None:
    """The id of the file that an XMPP client has put at the hub's service, if this is its address."""
    found = _UPLOAD.search(url)
    return found and found[1]


def read_file_name(text: str) -> str:
    """Parse what a file is called: for people, never for a disk."""
    name = _NOT_SHOWN.sub("", text)
    if not 0 < len(name) <= MAX_NAME:
        raise BadPayloadError(f"a file has a name of at most {MAX_NAME} characters")
    return name


def read_type(fields: Mapping[str, Any]) -> str:
    """What kind of file it claims to be; nothing in particular if that cannot be."""
    kind = str(fields.get("type", "")).partition(";")[0].strip().lower()
    return kind if _TYPE.fullmatch(kind) else ANY_TYPE


def read_attachments(raw: Any) -> tuple[Attachment, ...]:
    """Parse the files that go with one message."""
    if not isinstance(raw, Sequence) or not all(isinstance(each, Mapping) for each in raw):
        raise BadPayloadError("attachments are JSON objects")
    if len(raw) > MAX_ATTACHMENTS:
        raise BadPayloadError(f"a message has at most {MAX_ATTACHMENTS} files")
    return tuple(read_attachment(each) for each in raw)


def attachments_to_xml(attachments: Sequence[Attachment]) -> list[ET.Element]:
    """Elements beside the body, which has the addresses in it."""
    elements = [_sharing(each) for each in attachments]
    if len(attachments) == 1:
        out_of_band = ET.Element(f"{{{OUT_OF_BAND}}}x")
        ET.SubElement(out_of_band, f"{{{OUT_OF_BAND}}}url").text = attachments[0].url
        elements.append(out_of_band)
    return elements


def attachments_of(children: Sequence[ET.Element], body: str) -> tuple[Attachment, ...]:
    """The files of a message whose text is `body`; a bare address counts if it is all there is to read."""
    shared = [child for child in children if child.tag == f"{{{SHARING}}}file-sharing"]
    if shared:
        return read_attachments([_fields(each) for each in shared])
    urls = [child.findtext(f"{{{OUT_OF_BAND}}}url") for child in children]
    if not any(url and url == body.strip() for url in urls):
        return ()
    url = read_link(body.strip())
    name = PurePosixPath(unquote(urlsplit(url).path)).name or url
    kind = mimetypes.guess_type(name)[0] or ANY_TYPE
    return (read_attachment({"url": url, "name": name[-MAX_NAME:], "size": 0, "type": kind}),)


def _sharing(attachment: Attachment) -> ET.Element:
    sharing = ET.Element(f"{{{SHARING}}}file-sharing", disposition="inline")
    file = ET.SubElement(sharing, f"{{{FILE}}}file")
    ET.SubElement(file, f"{{{FILE}}}media-type").text = attachment.type
    ET.SubElement(file, f"{{{FILE}}}name").text = attachment.name
    ET.SubElement(file, f"{{{FILE}}}size").text = str(attachment.size)
    sources = ET.SubElement(sharing, f"{{{SHARING}}}sources")
    ET.SubElement(sources, f"{{{URL_DATA}}}url-data", target=attachment.url)
    return sharing


def _fields(sharing: ET.Element) -> dict[str, Any]:
    file = sharing.find(f"{{{FILE}}}file")
    source = sharing.find(f"{{{SHARING}}}sources/{{{URL_DATA}}}url-data")
    if file is None or source is None:
        raise BadPayloadError("a file that is shared has a name and an address")
    size = file.findtext(f"{{{FILE}}}size") or "0"
    if not _SIZE.fullmatch(size):
        raise BadPayloadError("a file has a size in bytes")
    return {
        "url": source.get("target", ""),
        "name": file.findtext(f"{{{FILE}}}name") or "",
        "size": int(size),
        "type": file.findtext(f"{{{FILE}}}media-type") or "",
    }
