"""The cursors of people on other servers, as this server's browsers are shown them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from xmpp_bridge.presence.awareness import (
    MAX_CLIENTS,
    SHARED,
    ClientState,
    read_awareness,
    without_call,
    write_awareness,
)
from xmpp_bridge.xmpp.errors import ForbiddenError, TooLargeError

CALLS: Final = "owner"
"""Who may bring everybody to where they are."""
_MOST_DEPARTED: Final = 1000


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
        self._departed: dict[int, None] = {}
        self._last_clock = 0

    def is_remote(self, client: int) -> bool:
        """Whether a client id is another server's, now or lately: who comes back brings the same ones."""
        return client in self._cursors or client in self._departed

    @property
    def clients(self) -> frozenset[int]:
        """All client ids for which `is_remote` holds."""
        return frozenset(self._cursors) | self._departed.keys()

    def receive(self, owner: str, update: bytes, user: Mapping[str, Any], now_ms: int) -> bytes:
        """Take an update from the full JID `owner`, and say in its place who that really is.

        Raises `BadPayloadError`, `TooLargeError`, and `ForbiddenError` if it moves a client of somebody else; then
        nothing of it counts.
        """
        states = read_awareness(update)
        self._check(owner, {state.client for state in states})
        return write_awareness(self._take(owner, state, user, now_ms) for state in states)

    @property
    def users(self) -> Mapping[str, Mapping[str, Any]]:
        """Who is shown, by full JID."""
        return {cursor.owner: cursor.state["user"] for cursor in self._cursors.values()}

    def leave(self, owner: str, now_ms: int) -> bytes | None:
        """Take away all that belonged to the full JID `owner`; None if that was nothing."""
        gone = [client for client, cursor in self._cursors.items() if cursor.owner == owner]
        return _update([self._remove(client, now_ms) for client in gone])

    def clear(self, now_ms: int) -> bytes | None:
        """Take away everybody: we have left the room."""
        return _update([self._remove(client, now_ms) for client in list(self._cursors)])

    def renew(self, now_ms: int) -> bytes | None:
        """Everybody once more, for browsers that forget whoever is silent for 30 seconds."""
        for client, cursor in self._cursors.items():
            self._cursors[client] = replace(cursor, clock=self._clock(now_ms))
        return _update(
            [
                ClientState(client, cursor.clock, cursor.state)
                for client, cursor in self._cursors.items()
            ]
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
        if given.state is None:
            return self._remove(given.client, now_ms)
        clock = self._clock(now_ms)
        state = {key: given.state[key] for key in SHARED if key in given.state}
        if user.get("xmpp_role") != CALLS:
            state = {**without_call(state)}
        cursor = _Cursor(owner, clock, {**state, "user": dict(user)})
        self._cursors[given.client] = cursor
        return ClientState(given.client, clock, cursor.state)

    def _remove(self, client: int, now_ms: int) -> ClientState:
        self._cursors.pop(client, None)
        self._departed[client] = None
        if len(self._departed) > _MOST_DEPARTED:
            del self._departed[next(iter(self._departed))]
        return ClientState(client, self._clock(now_ms), None)

    def _clock(self, now_ms: int) -> int:
        self._last_clock = max(self._last_clock + 1, now_ms)
        return self._last_clock


def _update(states: list[ClientState]) -> bytes | None:
    return write_awareness(states) if states else None
