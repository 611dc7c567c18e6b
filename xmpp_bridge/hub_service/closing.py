"""What must happen in rooms when somebody leaves the hub, and when they come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.rooms.store import RoomStore


class Closing:
    """Closes accounts; whoever is let in again finds their rooms as they were."""

    def __init__(
        self,
        accounts: AccountStore,
        leases: LeaseStore,
        rooms: RoomStore,
        projection: Projection,
        now: Callable[[], datetime],
    ) -> None:
        self._accounts = accounts
        self._leases = leases
        self._rooms = rooms
        self._projection = projection
        self._now = now
        self._closed: set[int] = set()

    async def close(self, account: Account) -> None:
        """Nobody logs in or is in a room with this account any more; closing again changes nothing."""
        self._closed.add(account.id)
        await self._accounts.disable(account.id, self._now())
        await self._leases.revoke_account(account.id, self._now())
        documents = await self._rooms.shut_out(account.id)
        await asyncio.gather(*(self._projection.project_or_owe(each.id) for each in documents))

    async def reopen(self, account: Account) -> None:
        """Give back what `close` has taken, if it has."""
        if account.id not in self._closed:
            return
        documents = await self._rooms.documents_of_account(account.id)
        await asyncio.gather(
            *(self._projection.project_or_owe(each.id) for each, _role in documents)
        )
        self._closed.discard(account.id)
