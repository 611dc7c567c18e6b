"""What must happen in rooms when somebody leaves the hub, and when they come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.rooms.identifiers import DocumentId
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

    async def close(self, account: Account) -> None:
        """Nobody logs in or is in a room with this account any more; closing again changes nothing."""
        await self._accounts.disable(account.id, self._now())
        await self._leases.revoke_account(account.id, self._now())
        documents = await self._rooms.shut_out(account.id)
        await self._project(document.id for document in documents)
        await self._project_chats(account)

    async def reopen(self, account: Account) -> None:
        """Give somebody who is let in again what `close` has taken, if it has."""
        leases = await self._leases.of_account(account.id)
        if leases and all(lease.revoked for lease in leases):
            documents = await self._rooms.documents_of_account(account.id)
            await self._project(document.id for document, _role in documents)
            await self._project_chats(account)

    async def _project(self, documents: Iterable[DocumentId]) -> None:
        await asyncio.gather(*map(self._projection.project_or_owe, documents))

    async def _project_chats(self, account: Account) -> None:
        rooms = await self._rooms.rooms_with(account.id)
        await asyncio.gather(*map(self._projection.project_chat_or_owe, rooms))
