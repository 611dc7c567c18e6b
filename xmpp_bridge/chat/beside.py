"""What a room's chat needs beside the XMPP server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from xmpp_bridge.chat.message import StanzaId
from xmpp_bridge.chat.outbox import Waiting
from xmpp_bridge.chat.spoken import Sender, Spoken
from xmpp_bridge.rooms.identifiers import RoomId


class Archive(Protocol):
    """What the hub service has kept of a room."""

    async def since(self, room: RoomId, at: datetime | None) -> Sequence[Spoken]:
        """The newest messages, as far back as `at` if that is given; oldest first."""
        ...

    async def message(self, room: RoomId, stanza_id: StanzaId) -> Spoken: ...


class Audience(Protocol):
    """Who is told what happens in a room."""

    def person(self, room: RoomId, jid: str) -> Sender: ...
    def is_service(self, jid: str) -> bool: ...
    def on_spoken(self, room: RoomId, spoken: Spoken, *, new: bool) -> None: ...
    def on_refused(self, waiting: Waiting) -> None: ...
    def on_typing(self, room: RoomId) -> None: ...
    def on_displayed(self, room: RoomId, through: StanzaId) -> None: ...
    def on_occupants(self, room: RoomId) -> None: ...
    def on_archived(self, room: RoomId, through: StanzaId) -> None: ...
