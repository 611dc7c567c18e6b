"""A link that lets people into a room: what it is, and whom it lets in."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import uuid4

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import BadPayloadError, ForbiddenError
from xmpp_bridge.xmpp.stream import Secret

LinkId = NewType("LinkId", str)
MAX_LABEL: Final = 200
MAX_USES: Final = 1_000_000
_TOKEN_BYTES: Final = 24  # 192 bits


class LinkState(StrEnum):
    """What became of a link."""

    OPEN = "open"
    EXPIRED = "expired"
    USED_UP = "used-up"
    REVOKED = "revoked"


@dataclass(frozen=True)
class LinkWish:
    """What somebody wants a link to be."""

    role: Role
    label: str = ""
    group: str | None = None
    document: DocumentId | None = None
    most_uses: int | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.role is Role.OWNER:
            raise BadPayloadError("a link makes editors or viewers; owners are named")
        if len(self.label) > MAX_LABEL or not self.label.isprintable():
            raise BadPayloadError(f"a label is one line of at most {MAX_LABEL} characters")
        if self.most_uses is not None and not 0 < self.most_uses <= MAX_USES:
            raise BadPayloadError(f"a link is used between 1 and {MAX_USES} times")


@dataclass(frozen=True)
class Link:
    """A link as its room's owners see it."""

    id: LinkId
    room_id: RoomId
    wish: LinkWish
    uses: int
    revoked_at: datetime | None
    by: Account
    created_at: datetime

    def state(self, now: datetime) -> LinkState:
        """What it is good for; who is in already does not ask."""
        if self.revoked_at is not None:
            return LinkState.REVOKED
        if self.wish.expires_at is not None and self.wish.expires_at <= now:
            return LinkState.EXPIRED
        if self.wish.most_uses is not None and self.uses >= self.wish.most_uses:
            return LinkState.USED_UP
        return LinkState.OPEN

    def demand_open(self, groups: Collection[str], now: datetime) -> None:
        """Refuse, with a sentence, whomever it does not let in."""
        match self.state(now):
            case LinkState.REVOKED:
                raise ForbiddenError("This link was taken back. Ask for a new one.")
            case LinkState.EXPIRED:
                raise ForbiddenError("This link has expired. Ask for a new one.")
            case LinkState.USED_UP:
                raise ForbiddenError("This link has been used as often as it may be.")
            case LinkState.OPEN:
                pass
        if self.wish.group is not None and self.wish.group not in groups:
            raise ForbiddenError(
                f"This link is only for the hub's group “{self.wish.group}”, and you are not in it."
            )


def new_link_id() -> LinkId:
    return LinkId(uuid4().hex)


def token_of(key: bytes, link: LinkId) -> Secret:
    """What stands in the link's address: made anew for its owner, never stored (decision 0023)."""
    digest = hmac.digest(key, f"link:{link}".encode(), "sha256")[:_TOKEN_BYTES]
    return Secret(urlsafe_b64encode(digest).decode())


def hash_of(token: str) -> str:
    """By which a link is found; what it is made of has 192 bits, so nobody counts through them."""
    return hashlib.sha256(token.encode()).hexdigest()
