"""What the hub's own process says has changed: names only, which the service then asks the hub about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from xmpp_bridge.xmpp.errors import BadPayloadError

MOST_NAMES: Final = 1000


@dataclass
class Nudge:
    """Whom and what to look at; several become one."""

    users: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    shares: bool = False
    all: bool = False
    """More than is worth naming."""

    def __bool__(self) -> bool:
        return bool(self.users or self.groups or self.shares or self.all)

    def take(self, other: Nudge) -> None:
        """Look at what the other says, too."""
        self.users |= other.users
        self.groups |= other.groups
        self.shares |= other.shares
        self.all |= other.all

    def to_json(self) -> dict[str, Any]:
        return {
            "users": sorted(self.users),
            "groups": sorted(self.groups),
            "shares": self.shares,
            "all": self.all,
        }


def read_nudge(fields: dict[str, Any]) -> Nudge:
    """Parse what came from outside."""
    users, groups = _names(fields, "users"), _names(fields, "groups")
    shares, everything = fields.get("shares", False), fields.get("all", False)
    if not isinstance(shares, bool) or not isinstance(everything, bool):
        raise BadPayloadError("shares and all are true or false")
    return Nudge(users, groups, shares, everything)


def _names(fields: dict[str, Any], key: str) -> set[str]:
    names = fields.get(key, [])
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise BadPayloadError(f"{key} is a list of names")
    if len(names) > MOST_NAMES:
        raise BadPayloadError(f"{key} names at most {MOST_NAMES}; say all instead")
    return set(names)
