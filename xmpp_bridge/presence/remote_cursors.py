"""The cursors of people on other servers, as this server's browsers are shown them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from xmpp_bridge.presence.awareness import (
    MAX_CLIENTS,
    SHARED,
    ClientState,
    read_awareness,
    write_awareness,
)
from xmpp_bridge.xmpp.errors import ForbiddenError, TooLargeError


@dataclass(frozen=True, slots=True)
class _Cursor:
    owner: str
    clock: int
    state: Mapping[str, Any]


class RemoteCursors:
    """Which client id is whose, by full JID, and where it is. What it returns is for the local browsers.

    The clocks in it are ours, milliseconds of the time that is passed in: they go on rising when an owner leaves and
    comes back, when we renew a state on an owner's behalf, and when this server starts anew, so that no browser
    mistakes a state for an old one.
    """

    def __init__(self, is_local: Callable[[int], bool]) -> None:
        """`is_local` tells the client ids of this server's own browsers, which nobody else may move."""
        self._is_local = is_local
        self._cursors: dict[int, _Cursor] = {}
        self._last_clock = 0

    @property
    def clients(self) -> frozenset[int]:
        """The client ids that are other servers'."""
        return frozenset(self._cursors)

    def receive(self, owner: str, update: bytes, user: Mapping[str, Any], now_ms: int) -> bytes:
        """Take an update from the full JID `owner`, and say in its place who that really is.

        Raises `BadPayloadError`, `TooLargeError`, and `ForbiddenError` if it moves a client of somebody else; then
        nothing of it counts.
        """
        states = read_awareness(update)
        self._check(owner, {state.client for state in states})
        return write_awareness(self._take(owner, state, user, now_ms) for state in states)

    def leave(self, owner: str, now_ms: int) -> bytes | None:
        """Take away all that belonged to the full JID `owner`; None if that was nothing."""
        gone = [client for client, cursor in self._cursors.items() if cursor.owner == owner]
        for client in gone:
            del self._cursors[client]
        return _update(ClientState(client, self._clock(now_ms), None) for client in gone)

    def clear(self, now_ms: int) -> bytes | None:
        """Take away everybody: we have left the room."""
        gone = list(self._cursors)
        self._cursors.clear()
        return _update(ClientState(client, self._clock(now_ms), None) for client in gone)

    def renew(self, now_ms: int) -> bytes | None:
        """Everybody once more, for browsers that forget whoever is silent for 30 seconds."""
        for client, cursor in self._cursors.items():
            self._cursors[client] = replace(cursor, clock=self._clock(now_ms))
        return _update(
            ClientState(client, cursor.clock, cursor.state)
            for client, cursor in self._cursors.items()
        )

    def _check(self, owner: str, clients: set[int]) -> None:
        owned = {client for client, cursor in self._cursors.items() if cursor.owner == owner}
        if any(client in self._cursors for client in clients - owned):
            raise ForbiddenError("the cursor belongs to somebody else")
        if any(self._is_local(client) for client in clients):
            raise ForbiddenError("the cursor belongs to a browser of this server")
        if len(owned | clients) > MAX_CLIENTS:
            raise TooLargeError("one Jupyter server has too many cursors")

    def _take(
        self, owner: str, given: ClientState, user: Mapping[str, Any], now_ms: int
    ) -> ClientState:
        clock = self._clock(now_ms)
        if given.state is None:
            self._cursors.pop(given.client, None)
            return ClientState(given.client, clock, None)
        state = {key: given.state[key] for key in (SHARED,) if key in given.state}
        cursor = _Cursor(owner, clock, {**state, "user": dict(user)})
        self._cursors[given.client] = cursor
        return ClientState(given.client, clock, cursor.state)

    def _clock(self, now_ms: int) -> int:
        self._last_clock = max(self._last_clock + 1, now_ms)
        return self._last_clock


def _update(states: Iterable[ClientState]) -> bytes | None:
    listed = list(states)
    return write_awareness(listed) if listed else None
