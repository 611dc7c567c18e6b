from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account, AccountStore, HubUser
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document, DocumentFormat, DocumentType, Room
from xmpp_bridge.rooms.store import RoomStore

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def accounts(engine: AsyncEngine) -> AccountStore:
    async def nobody_is_renamed(_name: str, _created: datetime) -> bool:
        return True

    return AccountStore(engine, nobody_is_renamed)


@pytest.fixture
def rooms(engine: AsyncEngine) -> RoomStore:
    return RoomStore(engine, lambda: NOON)


@pytest.fixture
async def romeo(accounts: AccountStore) -> Account:
    return await accounts.ensure(HubUser("romeo", NOON, "Romeo"))


@pytest.fixture
async def juliet(accounts: AccountStore) -> Account:
    return await accounts.ensure(HubUser("juliet", NOON + timedelta(seconds=1), "Juliet"))


@pytest.fixture
async def orchard(rooms: RoomStore, romeo: Account, juliet: Account) -> Room:
    """Romeo's room, where Juliet is an editor."""
    room = await rooms.create_room("Orchard", romeo.id)
    await rooms.set_member(room.id, juliet.id, Role.EDITOR)
    return room


@pytest.fixture
async def sonnet(rooms: RoomStore, orchard: Room, romeo: Account) -> Document:
    return await rooms.add_document(
        orchard.id, "sonnet.ipynb", DocumentType.NOTEBOOK, DocumentFormat.JSON, romeo.id
    )
