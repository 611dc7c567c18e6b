from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import AccountStore, HubUser

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


class Hub:
    """Whom the hub has now."""

    def __init__(self) -> None:
        self.users: set[tuple[str, datetime]] = set()

    def add(self, name: str, created: datetime = NOON) -> HubUser:
        self.users.add((name, created))
        return HubUser(name, created, name.title())

    def rename(self, user: HubUser, name: str) -> HubUser:
        self.remove(user)
        return self.add(name, user.created)

    def remove(self, user: HubUser) -> None:
        self.users.remove((user.name, user.created))

    async def still_has(self, name: str, created: datetime) -> bool:
        return (name, created) in self.users


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def store(engine: AsyncEngine, hub: Hub) -> AccountStore:
    return AccountStore(engine, hub.still_has)


@pytest.fixture
def leases(engine: AsyncEngine) -> LeaseStore:
    return LeaseStore(engine)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: NOON
