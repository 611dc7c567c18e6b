"""What somebody may do in a room."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from xmpp_bridge.xmpp.errors import BadPayloadError


class Role(StrEnum):
    """Owners manage, editors write, viewers read; each includes the next."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"

    @property
    def rank(self) -> int:
        """The higher, the more is allowed."""
        return _RANKS[self]

    @property
    def may_write(self) -> bool:
        return self.includes(Role.EDITOR)

    @property
    def may_manage(self) -> bool:
        return self.includes(Role.OWNER)

    def includes(self, other: Role) -> bool:
        """Whether whoever has this role may do all that `other` may."""
        return self.rank >= other.rank


_RANKS = {Role.VIEWER: 1, Role.EDITOR: 2, Role.OWNER: 3}


def role_of(entries: Iterable[Role]) -> Role | None:
    """The role of a person with these entries: the highest, or none."""
    return max(entries, key=lambda role: role.rank, default=None)


def read_role(text: str) -> Role:
    """Parse what came from outside."""
    try:
        return Role(text)
    except ValueError:
        raise BadPayloadError("a role is owner, editor or viewer") from None
