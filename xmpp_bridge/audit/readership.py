"""Who could read a room at each moment, told by the record itself; without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from xmpp_bridge.audit.event import Kind

KINDS: Final = (Kind.MEMBERSHIP, Kind.ACCOUNT, Kind.ROOM)
"""The kinds of entries that change who could."""


@dataclass(frozen=True)
class Belonging:
    """Somebody who was in a room."""

    name: str
    role: str
    could_read: bool
    """Not whoever was no user of the hub any more, or not at that time."""


@dataclass
class _Room:
    roles: dict[int, str] = field(default_factory=dict)
    guests: set[str] = field(default_factory=set)
    name: str = ""


class Readership:
    """Takes entries in their order."""

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = {}
        self._names: dict[int, str] = {}
        self._disabled: set[int] = set()

    def take(self, entry: Mapping[str, Any], content: Mapping[str, Any] | None) -> None:
        """What an entry changes; of one whose content is gone, what it still says."""
        given, about = content or {}, entry["about"]
        match entry["kind"]:
            case Kind.ACCOUNT:
                self._names[about] = given.get("hub_user", self._names.get(about, f"#{about}"))
                away = entry["action"] == "disabled"
                (self._disabled.add if away else self._disabled.discard)(about)
            case Kind.MEMBERSHIP:
                _change(self._room(entry["room"]), entry["action"], about, given)
            case Kind.ROOM if entry["action"] == "removed":
                self._rooms[entry["room"]] = _Room(name=self.title(entry["room"]))
            case Kind.ROOM:
                room = self._room(entry["room"])
                room.name = given.get("name") or room.name

    def of(self, room: str | None) -> list[str]:
        """The hub names of those who could read the room after what was taken last, and the JIDs of its guests."""
        return sorted(each.name for each in self.people(room) if each.could_read)

    def people(self, room: str | None) -> list[Belonging]:
        """Who was in the room after what was taken last, by their names."""
        there = self._rooms.get(room or "", _Room())
        found = [
            Belonging(self.name(each), role, each not in self._disabled)
            for each, role in there.roles.items()
        ]
        found += [Belonging(jid, "guest", could_read=True) for jid in there.guests]
        return sorted(found, key=lambda each: each.name)

    def title(self, room: str) -> str:
        """What the room was called; nothing if the record has not said."""
        return self._rooms.get(room, _Room()).name

    def name(self, account: int | None) -> str:
        """What the hub called an account; its number if the record has not said."""
        return "" if account is None else self._names.get(account, f"#{account}")

    def _room(self, room: str) -> _Room:
        return self._rooms.setdefault(room, _Room())


def _change(room: _Room, action: str, about: int | None, given: Mapping[str, Any]) -> None:
    """Other actions say why somebody is in or out: what came of it is an entry of its own."""
    match action, about:
        case (("set" | "known"), int()):
            room.roles[about] = given.get("role", "")
        case "removed", int():
            room.roles.pop(about, None)
        case "guest-set", None:
            room.guests.add(given.get("guest", ""))
        case "guest-removed", None:
            room.guests.discard(given.get("guest", ""))
