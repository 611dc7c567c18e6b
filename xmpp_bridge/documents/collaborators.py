"""People of other servers for JupyterLab's own list of collaborators, with the paths that files have here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pycrdt import Awareness

from xmpp_bridge.presence.awareness import ClientState, write_awareness

ROOM: Final = "JupyterLab:globalAwareness"
RENEW_EVERY: Final = 10.0
"""Seconds; browsers forget whoever is silent for 30."""
REMOTE: Final = "xmpp-bridge: collaborators"


class Collaborators:
    """Remembers who is shown, so that only what is new goes to the browsers."""

    def __init__(self) -> None:
        self._shown: dict[int, Mapping[str, Any]] = {}
        self._renewed = float("-inf")
        self._clock = 0

    def update(
        self, open_here: Iterable[tuple[str, Iterable[Mapping[str, Any]]]], now: float, now_ms: int
    ) -> bytes | None:
        """What to tell the browsers, given who has which path open; None for nothing."""
        wanted = dict(_states(open_here))
        gone: dict[int, Mapping[str, Any] | None] = dict.fromkeys(
            self._shown.keys() - wanted.keys()
        )
        due = now - self._renewed >= RENEW_EVERY
        if due:
            self._renewed = now
        changed = {
            client: state
            for client, state in wanted.items()
            if due or self._shown.get(client) != state
        }
        self._shown = wanted
        news = gone | changed
        if not news:
            return None
        self._clock = max(self._clock + 1, now_ms)
        return write_awareness(
            ClientState(client, self._clock, state) for client, state in news.items()
        )


def _states(
    open_here: Iterable[tuple[str, Iterable[Mapping[str, Any]]]],
) -> Iterable[tuple[int, Mapping[str, Any]]]:
    people: dict[str, Mapping[str, Any]] = {}
    paths: dict[str, list[str]] = {}
    for path, users in open_here:
        for user in users:
            name = str(user["username"])
            people[name] = user
            paths.setdefault(name, []).append(path)
    for name, user in people.items():
        here = sorted(set(paths[name]))
        yield (
            _client(name),
            {"user": dict(user), "current": f"notebook:{here[0]}", "documents": here},
        )


def _client(name: str) -> int:
    """A client id that no browser draws by chance, and the same each time."""
    return int.from_bytes(hashlib.sha256(f"xmpp-bridge:{name}".encode()).digest()[:4])


def apply(awareness: Awareness, update: bytes) -> None:
    """Let whoever comes later be told, too."""
    awareness.apply_awareness_update(update, REMOTE)
