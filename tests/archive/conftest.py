from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account, AccountStore, HubUser
from xmpp_bridge.archive.store import ArchiveStore
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.store import RoomStore

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def accounts(engine: AsyncEngine) -> AccountStore:
    async def nobody_is_renamed(_name: str, _created: datetime) -> bool:
        return True

    return AccountStore(engine, nobody_is_renamed)


@pytest.fixture
async def romeo(accounts: AccountStore) -> Account:
    return await accounts.ensure(HubUser("romeo", NOON, "Romeo Montague"))


@pytest.fixture
async def juliet(accounts: AccountStore) -> Account:
    return await accounts.ensure(HubUser("juliet", NOON + timedelta(seconds=1), "Juliet"))


@pytest.fixture
async def orchard(engine: AsyncEngine, romeo: Account) -> RoomId:
    return (await RoomStore(engine, lambda: NOON).create_room("Orchard", romeo.id)).id


@pytest.fixture
def archive(engine: AsyncEngine) -> ArchiveStore:
    return ArchiveStore(engine)
