"""What the hub service has kept of a chat, as a room asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from xmpp_bridge.chat.message import StanzaId
from xmpp_bridge.chat.spoken import Spoken, from_json
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.server_extension.hub_service import HubService

PAGE = 50


class KeptChat:
    """The archive through the service's REST."""

    def __init__(self, service: HubService) -> None:
        self._service = service

    async def newest(self, room: RoomId) -> Sequence[Spoken]:
        page = await self._service.messages(room, limit=PAGE)
        return [from_json(raw) for raw in page["messages"]]

    async def message(self, room: RoomId, stanza_id: StanzaId) -> Spoken:
        return await self._service.message(room, stanza_id)
