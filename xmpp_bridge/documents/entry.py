"""One update as the durable copy takes it, and why it may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xmpp_bridge.documents.update import Structs
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BadPayloadError, ForbiddenError, NotFoundError


@dataclass(frozen=True)
class Entry:
    """An update, whom the XMPP server or the hub says it is from, and whose history it carries."""

    document: DocumentId
    account_id: int
    replica: str
    sequence: int | None
    update: bytes = field(repr=False)
    clients: Sequence[Structs]
    received_at: datetime


class UnreadableUpdateError(BadPayloadError):
    """`entry` is nothing that Yjs can integrate."""

    def __init__(self, entry: Entry) -> None:
        super().__init__("not an update that Yjs can integrate")
        self.entry = entry


class ForeignClientError(ForbiddenError):
    """`entry` carries the history of a Yjs client that is somebody else's."""

    def __init__(self, entry: Entry) -> None:
        super().__init__("a Yjs client id belongs to whom used it first")
        self.entry = entry


class ContradictionError(ForbiddenError):
    """`entry` is from who wrote what another has relayed, and tells something else; or did once before."""

    def __init__(self, entry: Entry, client: int) -> None:
        super().__init__("what was relayed of this Yjs client is not what its owner brings")
        self.entry = entry
        self.client = client


class RemovedDocumentError(NotFoundError):
    """There is no document for `entry`."""

    def __init__(self, entry: Entry) -> None:
        super().__init__("no such document")
        self.entry = entry


REFUSALS = (
    UnreadableUpdateError,
    ForeignClientError,
    ContradictionError,
    RemovedDocumentError,
)
"""What `History.append` may raise because of one entry; the others of the group can be tried again."""
