"""Why somebody is in a room, or may not be: values, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document


class EntryKind(StrEnum):
    """Where a role comes from."""

    PERSON = "person"
    GROUP = "group"
    LINK = "link"
    SHARE = "share"


class Restriction(StrEnum):
    """What an owner may put on somebody, for a time or for good."""

    BAN = "ban"
    MUTE = "mute"


@dataclass(frozen=True)
class Source:
    """One reason why a person is in; `name` of a group, a link or a shared server."""

    kind: EntryKind
    role: Role
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class GroupEntry:
    """A hub group that is let in."""

    name: str
    role: Role
    people: int


@dataclass(frozen=True)
class Restricted:
    """Somebody who may not come in, or not speak."""

    account: Account
    kind: Restriction
    reason: str
    until: datetime | None
    by: Account
    at: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it is not over yet."""
        return self.until is None or now < self.until


@dataclass(frozen=True)
class Lock:
    """Nobody types in the document."""

    by: Account
    at: datetime
    reason: str


@dataclass(frozen=True)
class Settled:
    """What a change has made of who is in a room; `documents` have new passwords, if somebody is out."""

    room: RoomId
    before: Mapping[int, Role]
    after: Mapping[int, Role]
    documents: Sequence[Document] = field(default_factory=tuple)

    @property
    def gone(self) -> frozenset[int]:
        return frozenset(self.before.keys() - self.after.keys())

    @property
    def changed(self) -> frozenset[int]:
        """Everybody whose role is another than before, or none, or new."""
        everybody = self.before.keys() | self.after.keys()
        return frozenset(a for a in everybody if self.before.get(a) is not self.after.get(a))
