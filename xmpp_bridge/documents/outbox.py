"""When what was typed here goes out, without I/O: one stanza in flight, the rest merged behind it.

The room itself is the clock. A stanza is in flight until the room reflects it, and only then comes the next one, with
everything that was typed meanwhile. So a slow room gets fewer and larger stanzas, and a keystroke after a pause goes at
once. The outbox is no store: the document holds every update, and what is lost on the way is healed by `sync`.

A writer needs nothing but this:

    match outbox.next_action(clock()):
        case Send(stanza): place.send(to_xml(stanza))
        case Push(): sync with the service
        case WaitUntil(at): sleep until then, or until something happens
        case Idle(): sleep until something happens
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from pycrdt import merge_updates

from xmpp_bridge.documents.backlog import Backlog, Mark
from xmpp_bridge.documents.pace import Pace
from xmpp_bridge.documents.stanza import ReplicaId, UpdateStanza
from xmpp_bridge.xmpp.encoding import fits

PATIENCE: Final = 15.0
"""A room that has not reflected a stanza after so many seconds has lost it."""
PATIENT: Final = 2.0
"""Seconds until what is not urgent goes by itself."""
PUSH_RETRY: Final = 30.0
WINDOW: Final = 200
"""Merging takes more than linear time, so never thousands at once."""

STANZA_LIMIT: Final = 256 * 1024
LAST_RESORT_LIMIT: Final = 4 * 1024 * 1024
"""While the service is away a stanza may be so large: others wait behind it, but they get it."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send this to the room now; it counts as in flight."""

    stanza: UpdateStanza


@dataclass(frozen=True, slots=True)
class Push:
    """Sync with the service now, since the room cannot take this; counts as begun until `synced` or `sync_failed`."""


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing to do until `at`, unless something happens before."""

    at: float


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing to do until something happens."""


Action = Send | Push | WaitUntil | Idle


class _Phase(Enum):
    AWAY = auto()  # no place in the room: updates are counted, the next sync carries them
    HELD = auto()  # in the room, not yet in sync: updates wait
    LIVE = auto()
    PUSHING = auto()


@dataclass(frozen=True, slots=True)
class _InFlight:
    sequence: int
    since: float


class Outbox:
    """The updates of one document that were typed here. Times are seconds of a monotonic clock."""

    def __init__(self, *, limit: int = STANZA_LIMIT) -> None:
        self.occupants = 0
        """How many people each stanza goes to."""
        self._limit = limit
        self._phase = _Phase.AWAY
        self._replica: ReplicaId | None = None
        self._sequence = 0
        self._waiting: deque[bytes] = deque()
        self._backlog = Backlog()
        self._in_flight: _InFlight | None = None
        self._pace = Pace()
        self._urgent = False
        self._idle_until: float | None = None
        self._not_before = 0.0
        self._push_not_before = 0.0
        self._pushed = self.mark()

    @property
    def replica(self) -> ReplicaId | None:
        """Under which id our stanzas go out; what the room and the service say of another is not about us."""
        return self._replica

    @property
    def waiting(self) -> int:
        """How many updates have not been sent."""
        return len(self._waiting)

    @property
    def unacknowledged(self) -> int:
        """How many updates are not known to be durable."""
        return self._backlog.count

    @property
    def unacknowledged_bytes(self) -> int:
        return self._backlog.size

    @property
    def is_live(self) -> bool:
        """Whether what is typed now reaches the others through the room."""
        return self._phase in (_Phase.LIVE, _Phase.PUSHING)

    def put(self, update: bytes, *, urgent: bool = True) -> None:
        """Take what was typed. Without a place in the room it is only counted: the sync on entering carries it.

        What is not urgent goes with the next that is, or after a while.
        """
        self._backlog.put(len(update))
        if self._phase is not _Phase.AWAY:
            self._waiting.append(update)
            self._urgent = self._urgent or urgent

    # -- the place in the room ----------------------------------------------------------------

    def entered(self, replica: ReplicaId) -> None:
        """A place was taken, under a replica id never used before; updates wait until `synced` or `release`."""
        self.lost()
        self._phase = _Phase.HELD
        self._replica = replica
        self._sequence = 0

    def lost(self) -> None:
        """The place is gone. Nothing in flight will be reflected; the next sync covers all of it."""
        self._phase = _Phase.AWAY
        self._waiting.clear()
        self._in_flight = None
        self._not_before = 0.0
        self._backlog.forget_stanzas()

    # -- sync with the service ----------------------------------------------------------------

    def mark(self) -> Mark:
        """Everything put so far; take it in the moment in which the sync's update is made."""
        return self._backlog.mark()

    def synced(self, mark: Mark) -> None:
        """The service holds everything up to `mark`; what was put since may go."""
        self._backlog.settle(mark)
        awaited = self._phase is _Phase.HELD or (
            self._phase is _Phase.PUSHING and mark >= self._pushed
        )
        if awaited or not self._urgent:
            while len(self._waiting) > self._backlog.put_since(mark):
                self._waiting.popleft()  # The service tells the others (`Available`).
            if not self._waiting:
                self._idle_until = None
        if awaited:
            self.release()

    def sync_failed(self, now: float) -> None:
        """The service is away. If a push was under way, the room gets what it can take, until the next push."""
        if self._phase is _Phase.PUSHING:
            self._push_not_before = now + PUSH_RETRY
            self.release()

    def release(self) -> None:
        """Go live without the service, after having synced with an occupant."""
        if self._phase is not _Phase.AWAY:
            self._phase = _Phase.LIVE

    # -- what the room and the service say ------------------------------------------------------

    def reflected(self, sequence: int) -> None:
        """The room has sent our stanza to everybody, us included."""
        if self._in_flight is not None and sequence >= self._in_flight.sequence:
            self._in_flight = None

    def bounced(self, sequence: int) -> None:
        """The room did not take our stanza; it stays unacknowledged until a sync."""
        self.reflected(sequence)

    def durable(self, sequence: int) -> None:
        """The service holds all stanzas up to `sequence`."""
        self._backlog.settle_stanzas(sequence)

    # -- what to do -------------------------------------------------------------------------------

    def next_action(self, now: float) -> Action:
        """Return what to do now; a `Send` or a `Push` counts as begun."""
        if self._phase is not _Phase.LIVE:
            return Idle()
        if self._in_flight is not None:
            return self._wait_for_reflection(self._in_flight, now)
        if not self._waiting:
            return Idle()
        if not self._urgent:
            if self._idle_until is None:
                self._idle_until = now + PATIENT
            if now < self._idle_until:
                return WaitUntil(self._idle_until)
        if now < self._not_before:
            return WaitUntil(self._not_before)
        return self._next_stanza(now)

    def _wait_for_reflection(self, in_flight: _InFlight, now: float) -> Action:
        if now < in_flight.since + PATIENCE:
            return WaitUntil(in_flight.since + PATIENCE)
        self._in_flight = None
        return self._push()

    def _next_stanza(self, now: float) -> Action:
        assert self._replica is not None  # noqa: S101 - live means entered
        count, update = self._merged()
        if not self._may_send(update, now):
            if now < self._push_not_before:
                return WaitUntil(self._push_not_before)
            return self._push()
        for _ in range(count):
            self._waiting.popleft()
        self._idle_until = None
        self._urgent = bool(self._waiting) and self._urgent
        self._sequence += 1
        self._in_flight = _InFlight(self._sequence, now)
        self._not_before = self._pace.sent(now, self.occupants)
        self._backlog.sent(self._sequence, len(self._waiting))
        return Send(UpdateStanza(self._replica, self._sequence, update))

    def _merged(self) -> tuple[int, bytes]:
        """The next window: how many updates, and they as one."""
        room = self._limit * 3 // 4  # before Base64
        window: list[bytes] = []
        for update in self._waiting:
            room -= len(update) + 16  # a hole between two updates takes a few bytes
            if window and (room < 0 or len(window) == WINDOW):
                break
            window.append(update)
        return len(window), window[0] if len(window) == 1 else merge_updates(*window)

    def _may_send(self, update: bytes, now: float) -> bool:
        if fits(update, self._limit):
            return True
        return now < self._push_not_before and fits(update, LAST_RESORT_LIMIT)

    def _push(self) -> Push:
        self._phase = _Phase.PUSHING
        self._pushed = self.mark()
        return Push()
