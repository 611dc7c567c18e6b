"""The Yjs sync exchange: what is exchanged, and when it is time to, without I/O.

Syncing is idempotent and heals whatever was missed, for whatever reason. So nothing here has to find out why something
is missing; it only has to notice, and to ask neither too often nor together with everybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from xmpp_bridge.documents.stanza import read_replica_id
from xmpp_bridge.documents.update import read_state_vector
from xmpp_bridge.lib0 import Reader, write_blob, write_uint
from xmpp_bridge.xmpp.errors import BadPayloadError

CONTENT_TYPE: Final = "application/octet-stream"

MOST_SYNC: Final = 200 * 1024 * 1024
"""What one side gives the other in one sync has at most so many bytes."""

_VERSION: Final = 0


@dataclass(frozen=True, slots=True)
class SyncMessage:
    """What one side knows, and what the other lacks; the service's `replica` is empty."""

    replica: str
    state_vector: bytes = field(repr=False)
    update: bytes = field(repr=False)


def encode_sync(message: SyncMessage) -> bytes:
    return (
        write_uint(_VERSION)
        + write_blob(message.replica.encode("ascii"))
        + write_blob(message.state_vector)
        + write_blob(message.update)
    )


def decode_sync(data: bytes) -> SyncMessage:
    """Return the message in `data`, or raise `BadPayloadError`; its update is still to be read with `read_update`."""
    reader = Reader(data)
    if reader.uint() != _VERSION:
        raise BadPayloadError("the sync message is of a version that we do not know")
    replica = read_replica(reader)
    state_vector = reader.blob()
    read_state_vector(state_vector)
    update = reader.blob()
    reader.end()
    return SyncMessage(replica, state_vector, update)


def read_replica(reader: Reader) -> str:
    """A replica id, or nothing."""
    replica = reader.string()
    return read_replica_id(replica) if replica else ""


class Sequences:
    """The sequence numbers heard of those who are in one document room, since we entered it."""

    def __init__(self) -> None:
        self._heard: dict[str, int] = {}

    def heard(self, replica: str, sequence: int) -> bool:
        """Note one stanza, and return whether others of the same replica before it were missed.

        What a replica had sent before we entered is no gap: the sync after entering covers it.
        """
        last = self._heard.get(replica)
        self._heard[replica] = max(sequence, last or 0)
        return last is not None and sequence > last + 1

    def left(self, replica: str) -> None:
        """Whoever takes this nick next counts anew."""
        self._heard.pop(replica, None)


@dataclass(frozen=True, slots=True)
class SyncNow:
    """Exchange state vectors and updates now."""


@dataclass(frozen=True, slots=True)
class SyncAt:
    """Nothing to do until `at`, unless something happens before."""

    at: float


@dataclass(frozen=True, slots=True)
class InSync:
    """Nothing to do until something happens."""


class SyncPlan:
    """When one replica syncs next. Times are seconds of a monotonic clock; `random` yields numbers from 0 to 1."""

    SETTLE: Final = 3.0
    """After entering once more: what was on its way to the service while we entered was in neither the first answer
    nor the room as we saw it."""
    SPREAD: Final = 0.02
    """Seconds for each occupant over which all answer a call that everybody hears."""
    LONGEST_SPREAD: Final = 5.0
    FIRST_RETRY: Final = 0.5
    LONGEST_RETRY: Final = 30.0

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._at: float | None = None
        self._failures = 0
        self._settled = True
        self._running = False

    def entered(self, now: float) -> None:
        """We have just taken a place in the document room."""
        self._failures = 0
        self._settled = False
        self._want(now)

    def lost(self) -> None:
        """The place is gone, and with it any sync under way; entering again will sync."""
        self._at = None
        self._running = False
        self._settled = True

    def missed(self, now: float) -> None:
        """Something is missing that we alone may have missed."""
        self._want(now)

    def called(self, now: float, occupants: int) -> None:
        """The service called upon everybody (`Available`, `Resync`)."""
        self._want(now + self._random() * min(self.LONGEST_SPREAD, self.SPREAD * occupants))

    def next_action(self, now: float) -> SyncNow | SyncAt | InSync:
        """What to do; a `SyncNow` counts as begun, until `done` or `failed`. One sync runs at a time."""
        if self._running or self._at is None:
            return InSync()
        if self._at > now:
            return SyncAt(self._at)
        self._at = None
        self._running = True
        return SyncNow()

    def done(self, now: float) -> None:
        self._running = False
        self._failures = 0
        if not self._settled:
            self._settled = True
            self._want(now + self.SETTLE)

    def failed(self, now: float) -> None:
        self._running = False
        ceiling = min(self.LONGEST_RETRY, self.FIRST_RETRY * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        self._at = now + ceiling * (0.5 + self._random() / 2)

    def _want(self, at: float) -> None:
        self._at = at if self._at is None else min(self._at, at)
