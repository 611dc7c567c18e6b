"""What the hub service has kept of a chat, as a room asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from xmpp_bridge.chat.message import StanzaId
from xmpp_bridge.chat.spoken import Spoken, from_json
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.server_extension.hub_service import HubService

PAGE = 50
CLOCKS_DIFFER = timedelta(minutes=15)
"""What was said after a moment here may carry an earlier one there."""


class KeptChat:
    """The archive through the service's REST."""

    def __init__(self, service: HubService) -> None:
        self._service = service

    async def since(self, room: RoomId, at: datetime | None) -> Sequence[Spoken]:
        """The newest messages, as far back as `at` if that is given; oldest first."""
        page = await self._service.messages(room, limit=PAGE)
        found = [from_json(raw) for raw in page["messages"]]
        while at is not None and found and not page["first"]:
            if found[0].time < at - CLOCKS_DIFFER:
                break
            page = await self._service.messages(room, limit=PAGE, before=found[0].id)
            found = [*(from_json(raw) for raw in page["messages"]), *found]
        return found

    async def message(self, room: RoomId, stanza_id: StanzaId) -> Spoken:
        return await self._service.message(room, stanza_id)
