"""Up to which stanza a replica's updates are durable, without I/O.

A receipt covers every stanza up to its number. So one that was missed must not be covered by those after it: the
replica gets no receipts until it has synced.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from xmpp_bridge.rooms.identifiers import DocumentId

MOST_REPLICAS: Final = 20_000


class Standing(Enum):
    """Whether a stanza may be acknowledged."""

    COVERED = auto()
    """It and all before it are durable."""
    WAITING = auto()
    """It is; of those before it only a sync can tell."""
    GAP = auto()
    """The same, and nobody has asked for a sync yet."""


@dataclass
class _Replica:
    last: int | None
    """The last stanza of an unbroken row; None when the next one begins a row."""
    broken: bool = False


class Receipts:
    """What the service has heard of each replica since it entered the document's room."""

    def __init__(self) -> None:
        self._replicas: OrderedDict[tuple[DocumentId, str], _Replica] = OrderedDict()

    def settled(self, document: DocumentId, replica: str, sequence: int) -> Standing:
        """Note that a stanza is durable, or refused for good."""
        known = self._replicas.get((document, replica))
        if known is None:
            # Whoever was in the room before us has been asked to sync when we entered.
            known = self._put(document, replica, _Replica(0, broken=sequence != 1))
        if known.broken:
            return Standing.WAITING
        if known.last is not None and sequence > known.last + 1:
            known.broken = True
            return Standing.GAP
        known.last = max(sequence, known.last or 0)
        self._replicas.move_to_end((document, replica))
        return Standing.COVERED

    def hangs(self, document: DocumentId, replica: str, sequence: int) -> Standing:
        """Note that a stanza is kept, but cannot be read: what it hangs on is missing."""
        standing = self.settled(document, replica, sequence)
        if standing is not Standing.COVERED:
            return standing
        self.missed(document, replica)
        return Standing.GAP

    def missed(self, document: DocumentId, replica: str) -> None:
        """A stanza was heard but not kept."""
        self._put(document, replica, _Replica(None, broken=True))

    def synced(self, document: DocumentId, replica: str) -> None:
        """The replica has given us whatever we had missed; only true while we are in the room."""
        self._put(document, replica, _Replica(None))

    def left(self, document: DocumentId, replica: str) -> None:
        """Whoever takes its nick next counts anew."""
        self._replicas.pop((document, replica), None)

    def forget(self, document: DocumentId) -> None:
        """We are not in the room any more: what is said there now, nobody keeps."""
        for key in [key for key in self._replicas if key[0] == document]:
            del self._replicas[key]

    def _put(self, document: DocumentId, replica: str, state: _Replica) -> _Replica:
        self._replicas[document, replica] = state
        self._replicas.move_to_end((document, replica))
        if len(self._replicas) > MOST_REPLICAS:
            self._replicas.popitem(last=False)
        return state
