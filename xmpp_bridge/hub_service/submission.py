"""An update on its way into the durable copy, and what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.documents.access import Reason
from xmpp_bridge.documents.stanza import UpdateStanza
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    BridgeError,
    ForbiddenError,
    NotFoundError,
    NotReadyError,
    TooLargeError,
)
from xmpp_bridge.xmpp.muc import Occupant


@dataclass(frozen=True)
class Heard:
    """An update as it came through a document room."""

    document: DocumentId
    occupant: Occupant | None
    """Who held the nick it came under, at that moment."""
    stanza: UpdateStanza
    received_at: datetime

    @property
    def replica(self) -> str:
        return self.stanza.replica

    @property
    def update(self) -> bytes:
        return self.stanza.update


@dataclass(frozen=True)
class Given:
    """An update as a Jupyter server gave it to the service itself."""

    document: DocumentId
    account: Account
    replica: str
    update: bytes = field(repr=False)
    received_at: datetime
    kept: asyncio.Future[None] = field(repr=False)
    """Done when the update is durable; a BridgeError when it is not."""


Submission = Heard | Given


@dataclass(frozen=True)
class Outcome:
    """What became of an update; without an error it is kept, and durable unless it `hangs` on what is missing."""

    submission: Submission
    error: BridgeError | None = None
    hangs: bool = False


class Obstacle(StrEnum):
    """Why the database refuses an update that the document room let through."""

    NOT_A_MEMBER = "not-a-member"
    NO_DOCUMENT = "no-document"


class RefusedUpdateError(BridgeError):
    """An update that must not become part of the document; sending it again changes nothing."""

    def __init__(self, condition: str, reason: Reason | Obstacle) -> None:
        super().__init__(f"the update was refused: {reason}")
        self.condition = condition
        self.reason = reason
        self.http_status = _STATUSES[condition]


_STATUSES = {
    error.condition: error.http_status
    for error in (BadPayloadError, ForbiddenError, NotFoundError, NotReadyError, TooLargeError)
}
