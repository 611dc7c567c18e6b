"""Since when somebody is not in a document room; without I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xmpp_bridge.xmpp.muc import Occupant


class Attendance:
    """What we saw of one room since we entered it. `clock` counts seconds, and never back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._left: dict[str, float] = {}

    def left(self, occupant: Occupant) -> None:
        if occupant.jid is not None:
            self._left[occupant.jid.bare] = self._clock()

    def absence(self, bare_jid: str | None, occupants: Iterable[Occupant]) -> float:
        """For how many seconds this account has had no place in the room; of nobody: since we came."""
        if any(each.jid is not None and each.jid.bare == bare_jid for each in occupants):
            return 0.0
        return self._clock() - self._left.get(bare_jid or "", self._began)
