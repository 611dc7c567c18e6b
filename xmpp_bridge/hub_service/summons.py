"""Calls authors whose documents sleep, before anybody else may bring what they wrote."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.rooms.identifiers import DocumentId


class Summons:
    """A server that runs without a place in a document's room sleeps there: woken, it syncs, and gives what it has."""

    def __init__(
        self,
        leases: LeaseStore,
        sessions: Callable[[str], Awaitable[Collection[str]]],
        wake: Callable[[Collection[DocumentId]], None],
        clock: Callable[[], float],
        patience: float,
    ) -> None:
        """`sessions` says at which resources an account is logged in.

        `wake` tells the servers that sleep in these documents; they have `patience` seconds.
        """
        self._leases = leases
        self._sessions = sessions
        self._wake = wake
        self._clock = clock
        self._patience = patience
        self._called: dict[tuple[DocumentId, int], float] = {}

    async def is_awaited(self, document: DocumentId, author: Account) -> bool:
        """Whether a server of this author's may come yet; calls it if nobody has. Raises UnavailableError."""
        now, key = self._clock(), (document, author.id)
        called = self._called.get(key)
        if called is not None and now - called < 2 * self._patience:
            return now - called < self._patience
        leases = await self._leases.of_account(author.id)
        servers = {lease.resource for lease in leases if not lease.revoked}
        if servers.isdisjoint(await self._sessions(author.localpart)):
            return False
        self._called = {
            each: at for each, at in self._called.items() if now - at < 2 * self._patience
        }
        self._called[key] = now
        self._wake([document])
        return True
