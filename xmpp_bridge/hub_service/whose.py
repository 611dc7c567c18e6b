"""Whose an address is, and where their Jupyter servers may be."""

from __future__ import annotations

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account, AccountStore


class Whose:
    """Addresses of this domain only: others belong to nobody whom the hub knows."""

    def __init__(self, accounts: AccountStore, leases: LeaseStore, domain: str) -> None:
        self._accounts = accounts
        self._leases = leases
        self._domain = domain

    async def account_at(self, bare_jid: str) -> Account | None:
        """Whose address this is or was."""
        localpart, _, domain = bare_jid.rpartition("@")
        return await self._accounts.by_localpart(localpart) if domain == self._domain else None

    async def id_at(self, bare_jid: str) -> int | None:
        """The same, by the number of the account."""
        account = await self.account_at(bare_jid)
        return None if account is None else account.id

    async def leased(self, localpart: str) -> frozenset[str]:
        """At which resources Jupyter servers of an account may be."""
        account = await self._accounts.by_localpart(localpart)
        leases = [] if account is None else await self._leases.of_account(account.id)
        return frozenset(lease.resource for lease in leases if not lease.revoked)
