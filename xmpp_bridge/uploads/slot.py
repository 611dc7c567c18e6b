"""A file that an XMPP client has announced, and puts to an address of its own (XEP-0363); as values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final

from xmpp_bridge.uploads.upload import UploadId
from xmpp_bridge.xmpp.stream import Secret

LIFETIME: Final = timedelta(minutes=5)
"""From the announcement to the beginning of the file; XEP-0363, section 6, recommends about so long."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a client says that it will put: `size` in bytes, `type` only what it claims."""

    name: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class Slot:
    """An announced file; `sha256`, in hex, is None until it has come."""

    id: UploadId
    account_id: int
    file: Announcement
    token_sha256: str
    expires_at: datetime
    sha256: str | None = None

    def admits(self, token: str) -> bool:
        """Whether this is the token that was given for it."""
        return hash_of(token) == self.token_sha256


def new_token() -> Secret:
    return Secret(token_urlsafe(32))


def hash_of(token: str) -> str:
    """What is kept of a token: it has 256 bits of chance, so that no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
