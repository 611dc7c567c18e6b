"""Messages that somebody's client has encrypted for others: what is told of them here is that they are (XEP-0380)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Final

from xmpp_bridge.chat.message import MAX_NAME

_ENCRYPTION: Final = "{urn:xmpp:eme:0}encryption"
_UNNAMED: Final = "encryption"
_KNOWN: Final = {  # XEP-0380, section 4
    "urn:xmpp:omemo:2": "OMEMO",
    "urn:xmpp:omemo:1": "OMEMO",
    "eu.siacs.conversations.axolotl": "OMEMO",
    "urn:xmpp:openpgp:0": "OpenPGP",
    "jabber:x:encrypted": "OpenPGP",
    "urn:xmpp:otr:0": "OTR",
}
_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def encryption_of(found: Mapping[str, ET.Element]) -> str:
    """How a message with these children, by tag, is encrypted; empty if it is not."""
    told = found.get(_ENCRYPTION)
    if told is not None:
        name = _KNOWN.get(told.get("namespace", "")) or told.get("name") or ""
        return _NOT_SHOWN.sub("", name).strip()[:MAX_NAME] or _UNNAMED
    for namespace, name in _KNOWN.items():
        # OpenPGP of old has its element called `x`, all others have `encrypted` or `openpgp`.
        if any(f"{{{namespace}}}{tag}" in found for tag in ("encrypted", "openpgp", "x")):
            return name
    return ""


def encryption_to_xml(name: str) -> list[ET.Element]:
    """What is left of such a message: that there was one."""
    namespace = next((each for each, known in _KNOWN.items() if known == name), "")
    return [ET.Element(_ENCRYPTION, namespace=namespace, name=name)]
