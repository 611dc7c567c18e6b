"""Messages between two people, as hub users ask for them."""

from __future__ import annotations

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.chat_rooms import ChatRooms
from xmpp_bridge.hub_service.notices import Notices
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.rooms.direct import DirectRooms
from xmpp_bridge.rooms.identifiers import RoomId


class Direct:
    """Whoever shares a room with somebody may write to them alone."""

    def __init__(
        self,
        rooms: DirectRooms,
        projection: Projection,
        chat_rooms: ChatRooms,
        notices: Notices,
    ) -> None:
        self._rooms = rooms
        self._projection = projection
        self._chat_rooms = chat_rooms
        self._notices = notices

    async def open(self, asker: Account, hub_user: str) -> tuple[RoomId, bool]:
        """The room of the two, and whether it is new; each has it in their list when this returns."""
        other = await self._rooms.companion(asker.id, hub_user)
        room, is_new = await self._rooms.between(asker, other)
        await self._projection.project_chat_or_owe(room.id)
        self._chat_rooms.keep(room.id)
        await self._notices.rooms_changed([asker, other])
        return room.id, is_new
