"""What an administrator of the hub has written into a group's `properties`: how it is shared with, unless one says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import BadPayloadError

KEY: Final = "xmpp-bridge"
MOST_MINUTES: Final = 60 * 24 * 366 * 10


@dataclass(frozen=True)
class GroupDefaults:
    """None where nothing is said."""

    role: Role | None = None
    """As what its members come in."""
    link_minutes: int | None = None
    """For how long a link for this group alone is good."""

    def role_or(self, chosen: Role | None) -> Role:
        """What was chosen, else what the group says; refused where neither says anything."""
        role = chosen or self.role
        if role is None:
            raise BadPayloadError("say as what: the hub's group has no role of its own")
        return role


def read_defaults(group: str, properties: Mapping[str, Any]) -> GroupDefaults:
    """Parse what the hub tells, or say what is wrong with it: only an administrator of the hub can mend it."""
    raw = properties.get(KEY, {})
    try:
        role, minutes = raw.get("role"), raw.get("link_minutes")
        defaults = GroupDefaults(None if role is None else Role(role), minutes)
    except (AttributeError, TypeError, ValueError) as error:
        raise _garbled(group) from error
    if minutes is not None and not (type(minutes) is int and 0 < minutes <= MOST_MINUTES):
        raise _garbled(group)
    return defaults


def _garbled(group: str) -> BadPayloadError:
    return BadPayloadError(
        f"the properties of the hub's group “{group}” are not as they must be: tell an administrator of the hub"
    )
