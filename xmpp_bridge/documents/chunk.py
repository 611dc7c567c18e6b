"""An update larger than a stanza may be, put together again from its chunks in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

from xmpp_bridge.documents.stanza import MOST_CHUNKED, Chunk, UpdateStanza

MOST_UNFINISHED: Final = 4 * MOST_CHUNKED


@dataclass(slots=True)
class _Unfinished:
    total: int
    data: bytearray = field(default_factory=bytearray)


class Assembly:
    """One unfinished update of each sender, `most` bytes of all of them: those that began first go first."""

    def __init__(self, most: int = MOST_UNFINISHED) -> None:
        self._most = most
        self._unfinished: OrderedDict[Hashable, _Unfinished] = OrderedDict()
        self.size = 0

    def take(self, sender: Hashable, chunk: Chunk) -> UpdateStanza | None:
        """Return the whole with its last chunk; None while there is more to come, or when something was missed."""
        if chunk.offset == 0:
            self.forget(sender)
            self._unfinished[sender] = _Unfinished(chunk.total)
        unfinished = self._unfinished.get(sender)
        if unfinished is None:
            return None
        reached = len(unfinished.data)
        if chunk.total != unfinished.total or chunk.offset > reached:
            self.forget(sender)
            return None
        if chunk.end > reached:  # else the room said it twice
            added = chunk.data[reached - chunk.offset :]
            unfinished.data += added
            self.size += len(added)
        if chunk.sequence is None:
            self._make_room()
            return None
        self.forget(sender)
        return UpdateStanza(chunk.replica, chunk.sequence, bytes(unfinished.data))

    def forget(self, sender: Hashable) -> None:
        """The rest of what this sender began will not come."""
        unfinished = self._unfinished.pop(sender, None)
        if unfinished is not None:
            self.size -= len(unfinished.data)

    def clear(self) -> None:
        self._unfinished.clear()
        self.size = 0

    def _make_room(self) -> None:
        while self.size > self._most:
            self.forget(next(iter(self._unfinished)))
