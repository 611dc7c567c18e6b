"""Who is in a room, from its presence stanzas; each by real full JID, since a nick is nobody's name."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from xmpp_bridge.presence.stanza import Identity, read_identity
from xmpp_bridge.xmpp.errors import BadPayloadError
from xmpp_bridge.xmpp.muc import Occupant


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody came whom we had not seen."""

    occupant: Occupant


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody got another role or affiliation, or wants to be shown in another way."""

    occupant: Occupant


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody went."""

    occupant: Occupant


class Occupants:
    """The occupants of one room, by nick."""

    def __init__(self) -> None:
        self._occupants: dict[str, tuple[Occupant, Identity | None]] = {}

    def __len__(self) -> int:
        return len(self._occupants)

    @property
    def all(self) -> list[Occupant]:
        """Everybody."""
        return [occupant for occupant, _ in self._occupants.values()]

    def get(self, nick: str) -> Occupant | None:
        found = self._occupants.get(nick)
        return None if found is None else found[0]

    def identity(self, nick: str) -> Identity | None:
        """How the occupant would like to be shown, None if that was not said, or not in a way we can use."""
        found = self._occupants.get(nick)
        return None if found is None else found[1]

    def present(self, occupant: Occupant, presence: ET.Element) -> Joined | Changed | None:
        """Note a presence; None if it tells nothing new."""
        try:
            identity = read_identity(presence)
        except BadPayloadError:
            identity = None  # A vain colour keeps nobody out of the room.
        before = self._occupants.get(occupant.nick)
        now = (occupant, identity)
        self._occupants[occupant.nick] = now
        if before is None or before[0].jid != occupant.jid:
            return Joined(occupant)
        return Changed(occupant) if before != now else None

    def left(self, occupant: Occupant) -> Left | None:
        """Note that somebody went; None if we never saw them come."""
        found = self._occupants.pop(occupant.nick, None)
        return None if found is None else Left(found[0])
