"""Who is in chats with a client of their own, as the service sees it from its places there."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Callable

from slixmpp import JID

from xmpp_bridge.presence.announcement import read_caps, read_condition
from xmpp_bridge.presence.asking import ask_what
from xmpp_bridge.presence.condition import Condition, Device
from xmpp_bridge.presence.devices import Caps, Devices
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.component import Component
from xmpp_bridge.xmpp.muc import Occupant

Tell = Callable[[str, str, Condition | None], None]
"""Of a bare JID, at a place: how they are there, or that they are not."""


class Bystanders:
    """Labs announce themselves; so only clients of other kinds are told of."""

    def __init__(self, component: Component, tell: Tell) -> None:
        self._component = component
        self._tell = tell
        self._devices = Devices()
        self._there: dict[RoomId, dict[str, str]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    def present(self, room: RoomId, occupant: Occupant, presence: ET.Element) -> None:
        """Somebody is in a chat."""
        if occupant.jid is None:
            return
        caps = read_caps(presence)
        known = self._devices.known(caps)
        condition = read_condition(presence, known or Device.OTHER)
        if condition.device is Device.LAB:
            self.left(room, occupant)
            return
        self._there.setdefault(room, {})[occupant.nick] = occupant.jid.bare
        self._tell(occupant.jid.bare, _place(room, occupant.nick), condition)
        if caps is not None and known is None:
            asking = asyncio.create_task(
                self._find(room, occupant.nick, occupant.jid, caps, presence)
            )
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)

    def left(self, room: RoomId, occupant: Occupant) -> None:
        """Somebody has left a chat."""
        jid = self._there.get(room, {}).pop(occupant.nick, None)
        if jid is not None:
            self._tell(jid, _place(room, occupant.nick), None)

    def deaf(self, room: RoomId) -> None:
        """We have no place in a chat any more."""
        for nick, jid in self._there.pop(room, {}).items():
            self._tell(jid, _place(room, nick), None)

    async def _find(
        self, room: RoomId, nick: str, jid: JID, caps: Caps, presence: ET.Element
    ) -> None:
        stream = await self._component.stream()
        device = await self._devices.find(caps, lambda node: ask_what(stream, jid, node))
        if self._there.get(room, {}).get(nick) == jid.bare:
            self._tell(jid.bare, _place(room, nick), read_condition(presence, device))


def _place(room: RoomId, nick: str) -> str:
    return f"{room}/{nick}"
