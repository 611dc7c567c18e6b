"""When our cursors go out: the first move at once, then as often as the room can bear; the latest wins.

A room delivers each move to everybody, so S people moving among N cost S x N deliveries. All share one budget, and
whoever holds still costs nothing: liveness comes from presence, never from a heartbeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xmpp_bridge.presence.awareness import MAX_CLIENTS, ClientState, shared_part

FASTEST: Final = 0.25
"""Seconds between two moves of a server in a small room."""
BUDGET: Final = 10_000
"""Deliveries per second in one room: two fifths of a core of ejabberd (benchmarks/)."""
MOVING_FOR: Final = 10.0
AUDIENCE: Final = 30
"""In a room of more people those who only read show no cursor."""


def interval(moving: int, occupants: int) -> float:
    """Seconds between two moves of each of `moving` people in a room of `occupants`."""
    return max(FASTEST, max(1, moving) * max(1, occupants) / BUDGET)


class Movement:
    """Who moved lately."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def moved(self, who: str, now: float) -> None:
        self._last[who] = now

    def left(self, who: str) -> None:
        self._last.pop(who, None)

    def count(self, now: float) -> int:
        self._last = {who: at for who, at in self._last.items() if at > now - MOVING_FOR}
        return len(self._last)


@dataclass(frozen=True, slots=True)
class Move:
    """Send these states to the awareness room now."""

    states: tuple[ClientState, ...]


@dataclass(frozen=True, slots=True)
class MoveAt:
    """Nothing to do until `at`, unless something happens before."""

    at: float


@dataclass(frozen=True, slots=True)
class Still:
    """Nothing to do until something happens."""


class CursorOutbox:
    """Where this server's browser tabs are, as the others should know. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self.occupants = 0
        self.may_write = True
        self._moving = Movement()
        self._current: dict[int, Mapping[str, Any]] = {}
        self._changed: dict[int, Mapping[str, Any] | None] = {}
        self._clock = 0
        self._last_sent = float("-inf")
        self._not_before = float("-inf")

    def others_moved(self, nick: str, now: float) -> None:
        """Somebody else's cursor arrived."""
        self._moving.moved(nick, now)

    def put(self, client: int, state: Mapping[str, Any] | None) -> None:
        """A browser tab is at `state`, or gone; saying the same again, as a heartbeat does, is no move."""
        shared = shared_part(state)
        if shared == self._current.get(client):
            return
        if shared is None:
            del self._current[client]
        elif client in self._current or len(self._current) < MAX_CLIENTS:
            self._current[client] = shared
        else:
            return
        self._changed[client] = shared

    def welcome(self, not_before: float) -> None:
        """Somebody came who has not seen our cursors: they go once more, not before a time with jitter in it."""
        if self._current:
            self._changed = {**self._current, **self._changed}
            self._not_before = max(self._not_before, not_before)

    def next_action(self, now: float) -> Move | MoveAt | Still:
        """Return what to do now; a `Move` counts as sent."""
        if not self._changed or (not self.may_write and self.occupants > AUDIENCE):
            return Still()
        due = max(self._not_before, self._last_sent + self._interval(now))
        if now < due:
            return MoveAt(due)
        self._last_sent = now
        self._clock += 1
        changed = [*self._changed.items()][:MAX_CLIENTS]
        for client, _ in changed:
            del self._changed[client]
        return Move(tuple(ClientState(client, self._clock, state) for client, state in changed))

    def _interval(self, now: float) -> float:
        return interval(self._moving.count(now) + 1, self.occupants)
