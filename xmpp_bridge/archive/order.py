"""One order for what is said in all rooms, so that the newest of them is found without sorting; without I/O."""

from __future__ import annotations

import zlib
from collections.abc import Container
from datetime import UTC, datetime, timedelta
from typing import Final

from xmpp_bridge.chat.message import StanzaId
from xmpp_bridge.rooms.identifiers import RoomId

_SLOTS: Final = 1024
"""Rooms in which something may be said in the same microsecond."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def place_of(room: RoomId, stanza_id: StanzaId, taken: Container[int] = ()) -> int:
    """The place of what was said in a room; the next free one if another room has it."""
    first = int(stanza_id) * _SLOTS
    own = zlib.crc32(room.encode()) % _SLOTS
    return next(
        place for slot in range(_SLOTS) if (place := first + (own + slot) % _SLOTS) not in taken
    )


def first_place_at(moment: datetime) -> int:
    """Everything said at that moment or later has this place or a later one (stanza-ids: see chat/heard.py)."""
    return (moment - _EPOCH) // _MICROSECOND * _SLOTS
