"""A relay: what others wrote, brought by somebody who still has it, because their own replicas are gone; without I/O.

It is the only way in which structs of another account get into the durable copy, so it is marked for good, and gives
nobody a client id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from xmpp_bridge.documents.sync import read_replica
from xmpp_bridge.lib0 import Reader, write_blob, write_uint
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BadPayloadError

_VERSION: Final = 0
_MOST_SAID: Final = 65_536


@dataclass(frozen=True, slots=True)
class RelayMessage:
    """What the service lacks of others' history, and who they are as far as the relayer has heard."""

    replica: str
    update: bytes = field(repr=False)
    said: Mapping[int, str]
    """Whose some of the client ids are said to be, by bare JID."""


def encode_relay(message: RelayMessage) -> bytes:
    said = list(islice(message.said.items(), _MOST_SAID))
    return (
        write_uint(_VERSION)
        + write_blob(message.replica.encode("ascii"))
        + write_blob(message.update)
        + write_uint(len(said))
        + b"".join(write_uint(client) + write_blob(jid.encode()) for client, jid in said)
    )


def decode_relay(data: bytes) -> RelayMessage:
    """Return the message in `data`, or raise `BadPayloadError`; its update is still to be read with `read_update`."""
    reader = Reader(data)
    if reader.uint() != _VERSION:
        raise BadPayloadError("the relay message is of a version that we do not know")
    replica = read_replica(reader)
    update = reader.blob()
    said, count = {}, reader.uint()
    if count > _MOST_SAID:
        raise BadPayloadError(f"a relay names at most {_MOST_SAID} client ids")
    for _ in range(count):
        client = reader.uint()
        said[client] = reader.string()
    reader.end()
    return RelayMessage(replica, update, said)


class Author(NamedTuple):
    """Whose history a client id is: an account, and whether the service knew that by itself."""

    account_id: int | None
    known: bool


NOBODY: Final = Author(None, known=False)


@dataclass(frozen=True)
class Relay:
    """A relay as the durable copy takes it: from whom, and whose each of its clients is."""

    document: DocumentId
    relayer_id: int
    replica: str
    update: bytes = field(repr=False)
    authors: Mapping[int, Author]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some history of one client that came by relay."""

    client: int
    start: int
    end: int
    relayer_id: int
    author: Author
    confirmed: bool = False
    """Whether its author has brought the same since."""
    disputed: bool = False
    """Whether its author has brought something else since."""

    def marks(self, sender_id: int, client: int, start: int, end: int) -> bool:
        """Whether this explains why `sender_id` sent this history."""
        return (self.relayer_id, self.client) == (sender_id, client) and (
            self.start <= start and end <= self.end
        )

    def awaits(self, account_id: int, owner: int | None) -> bool:
        """Whether this account is asked for what it wrote itself; `owner` is whose the client id is by now."""
        settled = self.confirmed or self.disputed
        return not settled and account_id == (owner or self.author.account_id)


class RelayPlan:
    """When a replica offers what the service lacks of others: not at once, then ever more rarely, until it has it.

    Times are seconds of a monotonic clock; `random` yields numbers from 0 to 1.
    """

    FIRST: Final = 10.0
    """Seconds, half as many at least: the authors, if they are here, answer a call within five."""
    LONGEST: Final = 600.0

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._delay = self.FIRST
        self.at: float | None = None

    def seen(self, now: float, *, lacking: bool) -> None:
        """The service has said how far it is."""
        if not lacking:
            self.at, self._delay = None, self.FIRST
        elif self.at is None:
            self.at = now + self._delay * (0.5 + self._random())
            self._delay = min(self.LONGEST, self._delay * 2)

    def due(self, now: float) -> bool:
        """Whether to offer now; it counts as done, and what the service says of it is `seen`."""
        if self.at is None or now < self.at:
            return False
        self.at = None
        return True
