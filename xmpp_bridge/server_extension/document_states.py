"""What the owner is told of each linked document, without I/O: good news at once, bad news only once it lasts.

A keystroke is durable within milliseconds, and nobody wants to read that it was not; who waits longer wants to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from xmpp_bridge.documents.backlog import Unsaved
from xmpp_bridge.documents.shared_file import Link
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import BridgeError, ForbiddenError, NotFoundError, UnavailableError

PATIENCE: Final = 1.0
"""Seconds that bad news must last."""
SLOW: Final = 2.5
"""Seconds until what was typed is late; what says nothing goes out after 2 (`outbox.PATIENT`), and is not."""


class Status(StrEnum):
    """How a document stands; whether its owner may write in it is another question."""

    SAVED = "saved"
    """Whatever was typed here is in the room for good."""
    WAITING = "waiting"
    """Something was typed here that only this server has for sure."""
    RECONNECTING = "reconnecting"
    """The room is out of reach; nothing is known to wait for it."""
    OPENING = "opening"
    """Its history is out of reach, so it is not open yet."""
    FILE_MISSING = "file-missing"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Seen:
    """A linked document at one moment."""

    link: Link
    path: str | None
    state: str
    """As in `LinkStatus`, or `syncing` or `asleep`."""
    unsaved: Unsaved
    trouble: BridgeError | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a document stands, since when, and what waits."""

    status: Status
    since: float
    """A moment of the same clock as `look`'s."""
    edits: int = 0
    """How many changes wait, each as large as a keystroke or a paste."""
    size: int = 0
    """Their bytes."""
    trouble: tuple[str, str] | None = None
    """The error condition and the reason, in plain English."""


@dataclass(frozen=True, slots=True)
class Told:
    """A document as its owner's browsers know it."""

    document: DocumentId
    room: str
    name: str
    path: str | None
    role: Role
    standing: Standing

    def to_json(self, moment: Callable[[float], str]) -> dict[str, Any]:
        """As frames have it; `moment` puts a moment of our clock into words."""
        standing, trouble = self.standing, self.standing.trouble
        return {
            "document": self.document,
            "room": self.room,
            "name": self.name,
            "path": self.path,
            "role": str(self.role),
            "status": str(standing.status),
            "since": moment(standing.since),
            "waiting_edits": standing.edits,
            "waiting_bytes": standing.size,
            "trouble": trouble and {"condition": trouble[0], "reason": trouble[1]},
        }


class DocumentStates:
    """All linked documents. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._watched: dict[DocumentId, _Watched] = {}
        self.told: dict[DocumentId, Told] = {}

    def look(self, now: float, seen: Iterable[Seen]) -> tuple[bool, list[Told]]:
        """Take in how things are; return whether documents came or went, and those of which there is news."""
        before, self.told, watched = self.told, {}, self._watched
        self._watched = {}
        for each in seen:
            document = each.link.document
            self._watched[document] = eye = watched.get(document) or _Watched(now)
            self.told[document] = eye.look(now, each)
        news = [told for document, told in self.told.items() if before.get(document) != told]
        return before.keys() != self.told.keys(), news


class _Watched:
    """One document."""

    def __init__(self, now: float) -> None:
        self._pulse = _Pulse()
        self._status = Status.OPENING
        self._since = now
        self._told = Standing(Status.OPENING, now)

    def look(self, now: float, seen: Seen) -> Told:
        late = self._pulse.late_since(now, seen.unsaved)
        status = _judge(seen, late=late is not None)
        if status is not self._status:
            self._status, self._since = status, now if late is None else late
        if status is Status.SAVED:
            if self._told.status is not status:
                self._told = Standing(status, self._since)
        elif now - self._since >= PATIENCE:
            waiting, error = seen.unsaved, seen.trouble
            trouble = None if error is None else (error.condition, str(error))
            self._told = Standing(status, self._since, waiting.edits, waiting.size, trouble)
        link = seen.link
        return Told(link.document, link.room, link.name, seen.path, link.role, self._told)


class _Pulse:
    """Whether what was typed becomes durable in time, however much is typed."""

    def __init__(self) -> None:
        self._put = 0
        self._since: float | None = None
        self._late: float | None = None

    def late_since(self, now: float, unsaved: Unsaved) -> float | None:
        """Since when something waits that ought not to; None while all goes well.

        Of what waits at one look all must be durable soon. What is typed after that look has a look of its own.
        """
        if unsaved.edits == 0:
            self._since = self._late = None
        elif self._since is None or unsaved.durable >= self._put or unsaved.put < self._put:
            if self._since is not None and now - self._since < SLOW:
                self._late = None
            self._since, self._put = now, unsaved.put
        elif now - self._since >= SLOW and self._late is None:
            self._late = self._since
        return self._late


def _judge(seen: Seen, *, late: bool) -> Status:
    """How a document stands at this moment."""
    refused = isinstance(seen.trouble, ForbiddenError | NotFoundError)
    match seen.state:
        case "file-missing":
            return Status.FILE_MISSING
        case "waiting" if not refused:
            return Status.OPENING
        case "waiting" | "refused":
            return Status.REFUSED
        case "asleep":
            return Status.SAVED
        case "live" if not isinstance(seen.trouble, UnavailableError):
            kept = Status.REFUSED if refused else Status.WAITING
            return kept if late else Status.SAVED
    return Status.WAITING if seen.unsaved.edits else Status.RECONNECTING
