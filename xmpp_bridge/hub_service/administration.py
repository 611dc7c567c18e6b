"""All rooms of the hub, for its administrators; and how much there may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.enforcing import Enforcing
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.sharing import Sharing
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.oversight_store import OversightStore, Overview, Quota
from xmpp_bridge.uploads.usage import Usage

MOST: Final = 200


@dataclass(frozen=True)
class Listing:
    """A page of all rooms."""

    rooms: list[tuple[Overview, int]]
    """Each with its bytes."""
    total: int
    quotas: Mapping[Quota, int]


class Administration:
    """Sees that rooms are there and whose, never what is in them; whoever takes one over is seen by all in it."""

    def __init__(
        self,
        people: People,
        store: OversightStore,
        usage: Usage,
        sharing: Sharing,
        enforcing: Enforcing,
    ) -> None:
        self._people = people
        self._store = store
        self._usage = usage
        self._sharing = sharing
        self._enforcing = enforcing
        self.quotas = store.quotas
        self.set_quotas = store.set_quotas

    async def find(self, text: str, offset: int, limit: int) -> Listing:
        """Rooms by name, id or owner, newest first."""
        found, total = await self._store.find(text, offset, min(limit, MOST))
        used = await self._usage.bytes_of([each.room.id for each in found])
        rooms = [(each, used[each.room.id]) for each in found]
        return Listing(rooms, total, await self._store.quotas())

    async def hand_over(self, admin: Account, room_id: RoomId, hub_user: str) -> None:
        """One more owner: the admin, or whom they name."""
        person = await self._people.named(hub_user)
        settled = await self._store.make_owner(room_id, person.id, admin.id)
        await self._enforcing.carry_out(settled)

    async def close(self, room_id: RoomId) -> None:
        """Remove the room with its documents, whosever it is."""
        await self._sharing.close_room(room_id)
