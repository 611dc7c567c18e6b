"""When what was typed here goes out, without I/O: one stanza in flight, the rest merged behind it.

The room itself is the clock. A stanza is in flight until the room reflects it, and only then comes the next one, with
everything that was typed meanwhile. So a slow room gets fewer and larger stanzas, and a keystroke after a pause goes at
once. The outbox is no store: the document holds every update, and what is lost on the way is healed by `sync`.

What no stanza can carry goes to the service by a sync, or in chunks while the service is away. Only what hangs on it
waits for that (`line`).

A writer needs nothing but this:

    match outbox.next_action(clock()):
        case Send(stanza): place.send(to_xml(stanza))
        case Push(): sync with the service
        case WaitUntil(at): sleep until then, or until something happens
        case Idle(): sleep until something happens
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from xmpp_bridge.documents.backlog import Backlog, Mark, Unsaved
from xmpp_bridge.documents.line import Line, Waiting, Window
from xmpp_bridge.documents.pace import Pace
from xmpp_bridge.documents.stanza import (
    MOST_CHUNKED,
    STANZA_LIMIT,
    Chunk,
    ReplicaId,
    UpdateStanza,
    most_bytes,
)

PATIENCE: Final = 15.0
"""A room that has not reflected a stanza after so many seconds has lost it."""
PATIENT: Final = 2.0
"""Seconds until what is not urgent goes by itself."""
PUSH_RETRY: Final = 30.0


@dataclass(frozen=True, slots=True)
class Send:
    """Send this to the room now; it counts as in flight."""

    stanza: UpdateStanza | Chunk


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
    HEALING = auto()  # the room lost a stanza: updates wait until a sync has brought it


@dataclass(frozen=True, slots=True)
class _InFlight:
    stanza: UpdateStanza | Chunk
    since: float


class Outbox:
    """The updates of one document that were typed here. Times are seconds of a monotonic clock."""

    def __init__(self, *, limit: int = STANZA_LIMIT) -> None:
        self._limit = limit
        self._phase = _Phase.AWAY
        self._replica: ReplicaId | None = None
        self._sequence = 0
        self._line = Line(limit)
        self._backlog = Backlog()
        self._in_flight: _InFlight | None = None
        self._pace = Pace()
        self._urgent = False
        self._idle_until: float | None = None
        self._waits_since: float | None = None
        """When what waits longest was put, as far as may go."""
        self._pushed: Mark | None = None
        """What a sync has to cover that was asked for; None when none was."""
        self._push_not_before = 0.0
        self._cut = self._carried = 0
        """The number of the update that goes in chunks, and how many of its bytes the room has."""

    @property
    def replica(self) -> ReplicaId | None:
        """Under which id our stanzas go out; what the room and the service say of another is not about us."""
        return self._replica

    @property
    def waiting(self) -> int:
        """How many updates have not been sent."""
        return len(self._line)

    @property
    def unacknowledged(self) -> int:
        """How many updates are not known to be durable."""
        return self._backlog.count

    @property
    def unacknowledged_bytes(self) -> int:
        return self._backlog.size

    @property
    def unsaved(self) -> Unsaved:
        return self._backlog.unsaved()

    @property
    def is_live(self) -> bool:
        """Whether what is typed now reaches the others through the room."""
        return self._phase in (_Phase.LIVE, _Phase.HEALING)

    def put(self, update: bytes, *, urgent: bool = True) -> None:
        """Take what was typed. Without a place in the room it is only counted: the sync on entering carries it.

        What is not urgent goes with the next that is, or after a while.
        """
        number = self._backlog.put(len(update))
        if self._phase is _Phase.AWAY:
            self._backlog.drift()
        else:
            self._line.put(number, update)
            self._urgent = self._urgent or urgent

    def give(self, update: bytes) -> None:
        """Take all that an occupant lacks of what was typed here, which is counted already.

        While some of it is on its way, it is that which they lack: nothing is said again.
        """
        if self._phase is _Phase.HELD:
            self._line.clear()
            self._backlog.drift()
        if self._phase is not _Phase.AWAY and not self._line and self._in_flight is None:
            self._line.put(self.mark(), update)
            self._urgent = True

    # -- the place in the room ----------------------------------------------------------------

    def entered(self, replica: ReplicaId) -> None:
        """A place was taken, under this replica id; updates wait until `synced` or `release`."""
        self.lost()
        self._phase = _Phase.HELD
        self._replica = replica
        self._sequence = 0

    def lost(self) -> None:
        """The place is gone. Nothing in flight will be reflected; the next sync covers all of it."""
        self._phase = _Phase.AWAY
        self._line.clear()
        self._in_flight = self._pushed = self._waits_since = None
        self._pace = Pace()
        self._backlog.drift()

    # -- sync with the service ----------------------------------------------------------------

    def mark(self) -> Mark:
        """Everything put so far; take it in the moment in which the sync's update is made."""
        return self._backlog.mark()

    def synced(self, mark: Mark, durable: bool = True) -> None:  # noqa: FBT001, FBT002 - of a pair
        """The service holds everything up to `mark`; what was put since may go.

        Unless it is `durable`, some of it waits there for what it hangs on: only another sync can tell.
        """
        if durable:
            self._backlog.settle(mark)
        else:
            self._backlog.drift()
        self._push_not_before = 0.0
        pushed = self._pushed is None or mark >= self._pushed
        awaited = self._phase is _Phase.HELD or (self._phase is _Phase.HEALING and pushed)
        # The service tells the others (`Available`); what can go to them at once goes all the same.
        self._line.known(mark, all_open=awaited or not self._urgent)
        if pushed:
            self._pushed = None
        if not self._line.is_open:
            self._idle_until = None
        if awaited:
            self.release()

    def sync_failed(self, now: float) -> None:
        """The service is away: the room gets in chunks what no stanza can carry, until the next push."""
        self._push_not_before = now + PUSH_RETRY
        self._pushed = None
        if self._phase is _Phase.HEALING:
            self.release()

    def release(self) -> None:
        """Go live without the service, after having synced with an occupant."""
        if self._phase is not _Phase.AWAY:
            self._phase = _Phase.LIVE

    # -- what the room and the service say ------------------------------------------------------

    def reflected(self, stanza: UpdateStanza | Chunk, now: float) -> None:
        """The room has sent our stanza to everybody, us included."""
        if self._in_flight is None or stanza.id != self._in_flight.stanza.id:
            return
        if isinstance(stanza, Chunk):
            self._carried = stanza.end
        self._pace.reflected(now)
        self._in_flight = None

    def bounced(self, stanza_id: str) -> None:
        """The room did not take our stanza; it stays unacknowledged until a sync."""
        if self._in_flight is None or self._in_flight.stanza.id != stanza_id:
            return
        if self._in_flight.stanza.sequence is None:
            self._line.sent_large()
        self._in_flight = None

    def durable(self, sequence: int) -> None:
        """The service holds all stanzas up to `sequence`."""
        self._backlog.settle_stanzas(sequence)

    # -- what to do -------------------------------------------------------------------------------

    def next_action(self, now: float) -> Action:
        """Return what to do now; a `Send` or a `Push` counts as begun."""
        if self._phase is not _Phase.LIVE:
            return Idle()
        waits_since = self._look(now)
        if self._in_flight is not None:
            return self._wait_for_reflection(self._in_flight, now)
        if self._line.is_open and (self._urgent or now >= self._patient_until(now)):
            at = self._pace.next(waits_since, now)
            if now < at:
                return WaitUntil(at)
            window = self._line.next_window()
            if window is not None:
                return self._send_window(window, now)
        large = self._line.large
        if large is not None and self._pushed is None:
            return self._next_of_large(large, now)
        return WaitUntil(self._patient_until(now)) if self._line.is_open else Idle()

    def _look(self, now: float) -> float:
        """Since when what may go is waiting."""
        if not self._line.is_open:
            self._waits_since = None
            return now
        if self._waits_since is None:
            self._waits_since = now
        return self._waits_since

    def _patient_until(self, now: float) -> float:
        """Until when what is not urgent waits for company."""
        if self._idle_until is None:
            self._idle_until = now + PATIENT
        return self._idle_until

    def _wait_for_reflection(self, in_flight: _InFlight, now: float) -> Action:
        if now < in_flight.since + PATIENCE:
            return WaitUntil(in_flight.since + PATIENCE)
        self._in_flight = None
        self._phase = _Phase.HEALING
        return self._push()

    def _push(self) -> Push:
        self._pushed = self.mark()
        return Push()

    def _send_window(self, window: Window, now: float) -> Send:
        self._line.sent(window)
        self._idle_until = None
        if not self._line.is_open:
            self._waits_since = None
        self._urgent = self._line.is_open and self._urgent
        stanza = UpdateStanza(self._entered(), self._next_sequence(), window.update)
        return self._send(stanza, window.numbers, now)

    def _next_of_large(self, large: Waiting, now: float) -> Action:
        """The service gets it, or the room in chunks while the service is away."""
        if now >= self._push_not_before:
            return self._push()
        if len(large.update) > MOST_CHUNKED:
            return WaitUntil(self._push_not_before)
        at = self._pace.next(self._pace.last, now)
        if now < at:
            return WaitUntil(at)
        if self._cut != large.number:
            self._cut, self._carried = large.number, 0
        data = large.update[self._carried : self._carried + most_bytes(self._limit)]
        total = len(large.update)
        if self._carried + len(data) < total:
            return self._send(Chunk(self._entered(), self._carried, total, data), (), now)
        last = Chunk(self._entered(), self._carried, total, data, self._next_sequence())
        self._line.sent_large()
        self._urgent = self._line.is_open
        return self._send(last, (large.number,), now)

    def _send(self, stanza: UpdateStanza | Chunk, numbers: Iterable[int], now: float) -> Send:
        self._in_flight = _InFlight(stanza, now)
        self._pace.sent(now)
        if stanza.sequence is not None:
            self._backlog.sent(stanza.sequence, numbers)
        return Send(stanza)

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _entered(self) -> ReplicaId:
        assert self._replica is not None  # noqa: S101 - live means entered
        return self._replica
