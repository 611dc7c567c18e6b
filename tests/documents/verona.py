"""Two people and what they write, for the tests of the durable copy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import AccountStore, HubUser
from xmpp_bridge.documents.entry import (
    Entry,
)
from xmpp_bridge.documents.update import read_update
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.rooms.store import RoomStore

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Verona:
    """Two people, a room, and as many documents in it as one likes."""

    def __init__(self, engine: AsyncEngine) -> None:
        async def nobody_is_renamed(_name: str, _created: datetime) -> bool:
            return True

        self._accounts = AccountStore(engine, nobody_is_renamed)
        self._rooms = RoomStore(engine, lambda: NOON)
        self.romeo = self.juliet = 0

    async def settle(self) -> Verona:
        stamps = (NOON + timedelta(seconds=number) for number in count())
        self.romeo, self.juliet = [
            (await self._accounts.ensure(HubUser(name, stamp, name))).id
            for name, stamp in zip(("romeo", "juliet"), stamps, strict=False)
        ]
        self._orchard = (await self._rooms.create_room("Orchard", self.romeo)).id
        return self

    async def document(self) -> DocumentId:
        document = await self._rooms.add_document(
            self._orchard, "a.md", DocumentType.FILE, DocumentFormat.TEXT, self.romeo
        )
        return document.id

    async def remove(self, document: DocumentId) -> None:
        await self._rooms.remove_document(document)


def entry(document: DocumentId, account: int, data: bytes, sequence: int | None = None) -> Entry:
    structs = read_update(data).structs
    return Entry(document, account, "f00d", sequence, data, structs, NOON)
