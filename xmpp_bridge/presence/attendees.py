"""Who is in a chat room and how: by nick as the room tells, by person as others see them; without I/O."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from xmpp_bridge.presence.announcement import read_caps, read_condition
from xmpp_bridge.presence.condition import Condition, Device, Seen, seen
from xmpp_bridge.presence.devices import Caps
from xmpp_bridge.xmpp.muc import Occupant


class Attendees:
    """The occupants of one room."""

    def __init__(self) -> None:
        self._conditions: dict[str, tuple[str, Condition]] = {}
        self._caps: dict[str, Caps] = {}

    def present(self, occupant: Occupant, presence: ET.Element, device: Device) -> bool:
        """Note a presence; whether anything is new. `device` is what its client is known to be."""
        if occupant.jid is None:
            return False
        now = (occupant.jid.bare, read_condition(presence, device))
        caps = read_caps(presence)
        if caps is None:
            self._caps.pop(occupant.nick, None)
        else:
            self._caps[occupant.nick] = caps
        before, self._conditions[occupant.nick] = self._conditions.get(occupant.nick), now
        return before != now

    def learned(self, nick: str, caps: Caps, device: Device) -> bool:
        """The client under this nick was asked what it is; whether that is news of somebody still there."""
        found = self._conditions.get(nick)
        if found is None or self._caps.get(nick) != caps or found[1].device in (Device.LAB, device):
            return False
        self._conditions[nick] = (found[0], replace(found[1], device=device))
        return True

    def is_lab(self, nick: str) -> bool:
        """Whether it is a lab of ours that has this nick."""
        found = self._conditions.get(nick)
        return found is not None and found[1].device is Device.LAB

    def left(self, nick: str) -> None:
        self._conditions.pop(nick, None)
        self._caps.pop(nick, None)

    def conditions(self) -> Mapping[str, list[Condition]]:
        """Each connection, by bare JID."""
        found: defaultdict[str, list[Condition]] = defaultdict(list)
        for jid, condition in self._conditions.values():
            found[jid].append(condition)
        return found

    def people(self) -> Mapping[str, Seen]:
        """Everybody, by bare JID."""
        return {jid: seen(several) for jid, several in self.conditions().items()}
