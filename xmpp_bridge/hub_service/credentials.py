"""A credential for one Jupyter server, on the strength of its own hub token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from slixmpp import JID

from xmpp_bridge.accounts.credential import Credential, CredentialMint
from xmpp_bridge.accounts.jid import resource_of
from xmpp_bridge.accounts.lease_store import Lease, LeaseStore
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.caller import Caller
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.scopes import CREDENTIALS
from xmpp_bridge.hub_service.xmpp_server import Addresses


@dataclass(frozen=True)
class Granted:
    """A credential, for whom it is, and when to come back for the next."""

    account: Account
    jid: JID
    credential: Credential
    renew_after: timedelta


class Credentials:
    """Grants credentials and keeps which token each was granted to."""

    def __init__(
        self,
        people: People,
        leases: LeaseStore,
        addresses: Addresses,
        mint: CredentialMint,
        lifetime: timedelta,
        arrived: Callable[[Account], Awaitable[None]],
    ) -> None:
        self._people = people
        self._leases = leases
        self._addresses = addresses
        self._mint = mint
        self._lifetime = lifetime
        self._arrived = arrived

    async def grant(self, caller: Caller) -> Granted:
        """Give the Jupyter server that calls what it logs in with.

        The caller must have been asked for at the hub for this very request.
        """
        caller.demand(CREDENTIALS)
        server = caller.jupyter_server()
        account = await self._people.named(caller.name)
        jid = self._addresses.account(account.localpart, resource_of(server))
        await self._arrived(account)
        credential = self._mint.mint(jid)
        await self._leases.grant(
            Lease(account.id, jid.resource, caller.token_id, server, credential.expires_at)
        )
        return Granted(account, jid, credential, self._lifetime / 2)
