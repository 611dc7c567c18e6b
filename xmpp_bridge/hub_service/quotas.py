"""Refuses what would be more than the administrators of the hub allow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.oversight_store import OversightStore, Quota
from xmpp_bridge.uploads.usage import Usage
from xmpp_bridge.xmpp.allowance import Allowance
from xmpp_bridge.xmpp.errors import ConflictError, TooOftenError

ROOMS_AT_ONCE: Final = 100
A_ROOM_EVERY: Final = 30.0
"""Seconds. A person never notices; a program that makes rooms without end does not fill the XMPP server."""


class Quotas:
    """Asked before each thing is made; two at once may both be let through, and no third."""

    def __init__(self, store: OversightStore, usage: Usage, clock: Callable[[], float]) -> None:
        self._store = store
        self._usage = usage
        self._clock = clock
        self._new_rooms = Allowance(ROOMS_AT_ONCE, A_ROOM_EVERY)

    async def one_more_room(self, account_id: int) -> None:
        most = (await self._store.quotas()).get(Quota.ROOMS)
        if most is not None and await self._store.owned_by(account_id) >= most:
            raise ConflictError(f"on this hub a person has at most {most:,} rooms of their own")
        if not self._new_rooms.take(account_id, self._clock()):
            raise TooOftenError("so many rooms at once are more than a person makes: wait a little")

    async def one_more_document(self, room_id: RoomId) -> None:
        quotas = await self._store.quotas()
        most = quotas.get(Quota.DOCUMENTS)
        if most is not None and await self._store.documents_in([room_id]) >= most:
            raise ConflictError(f"on this hub a room has at most {most:,} documents")
        await self.room_for(room_id, 0)

    async def room_for(self, room_id: RoomId, size: int) -> None:
        """For so many bytes more."""
        most = (await self._store.quotas()).get(Quota.BYTES)
        if most is None:
            return
        used = (await self._usage.bytes_of([room_id]))[room_id]
        if used + size > most or used >= most:
            raise ConflictError(f"this room is full: on this hub a room has at most {most:,} bytes")
