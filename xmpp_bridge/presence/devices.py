"""What kind of client somebody is there with, as it says itself (XEP-0030), asked once for each version (XEP-0115)."""

from __future__ import annotations

import base64
import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from typing import Final

from xmpp_bridge.presence.condition import Device
from xmpp_bridge.xmpp.errors import BridgeError

INFO: Final = "http://jabber.org/protocol/disco#info"
_FORM: Final = "{jabber:x:data}x"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_PHONES: Final = frozenset({"phone", "handheld"})
_MOST: Final = 1000

Caps = tuple[str, str, str]
"""Hash, node and version."""


def device_of(info: ET.Element) -> Device:
    """The device that an answer of a client tells (registrar: client/phone, client/handheld, …)."""
    types = {
        each.get("type")
        for each in info.iterfind(f"{{{INFO}}}identity")
        if each.get("category") == "client"
    }
    return Device.PHONE if types & _PHONES else Device.OTHER


def is_truly(info: ET.Element, version: str) -> bool:
    """Whether an answer is what `version` stands for (XEP-0115, section 5.4): nobody speaks for others' clients."""
    if info.find(_FORM) is not None:
        return False  # it would count, too; such a client is asked each time
    identities = sorted(
        "/".join(each.get(name, "") for name in ("category", "type", _LANG, "name"))
        for each in info.iterfind(f"{{{INFO}}}identity")
    )
    features = sorted(each.get("var", "") for each in info.iterfind(f"{{{INFO}}}feature"))
    text = "".join(f"{each}<" for each in identities + features)
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode() == version


class Devices:
    """Remembers what the versions of clients are."""

    def __init__(self) -> None:
        self._known: dict[Caps, Device] = {}

    def known(self, caps: Caps | None) -> Device | None:
        """What is known of a version without asking; who names none is a client like any other."""
        return Device.OTHER if caps is None else self._known.get(caps)

    async def find(self, caps: Caps, ask: Callable[[str], Awaitable[ET.Element]]) -> Device:
        """The same by asking one client, with the node to ask for; who does not answer is like any other."""
        _, node, version = caps
        try:
            info = await ask(f"{node}#{version}")
        except BridgeError:
            return Device.OTHER
        device = device_of(info)
        if caps[0] == "sha-1" and is_truly(info, version):
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[caps] = device
        return device
