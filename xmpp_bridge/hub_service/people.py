"""From the hub's word on somebody to their account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.hub_service.caller import Caller
from xmpp_bridge.hub_service.hub_api import HubApi
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError

MOST_REMEMBERED = 10_000


class People:
    """Finds accounts by what the hub says now; remembers an answer for `remember` at most."""

    def __init__(
        self,
        hub: HubApi,
        accounts: AccountStore,
        remember: timedelta,
        clock: Callable[[], float],
    ) -> None:
        self._hub = hub
        self._accounts = accounts
        self._remember = remember
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, Account]] = {}

    async def account_of(self, caller: Caller) -> Account:
        """The account of whoever calls.

        What is remembered belongs to the token, not to its id, which another token may have had; so a hub user who was
        deleted and made anew is never taken for the one before.
        """
        caller.demand_hub_user()
        key = (caller.fingerprint or caller.token_id, caller.name)
        until, account = self._known.get(key, (0.0, None))
        if account is None or until < self._clock():
            account = await self.named(caller.name)
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = (self._clock() + self._remember.total_seconds(), account)
        return account

    async def named(self, hub_user: str) -> Account:
        """The account of a hub user, asked for now; made when they have none yet."""
        person = await self._hub.person(hub_user)
        if person is None:
            raise NotFoundError(f"the hub knows no user {hub_user!r}")
        if person.blocked:
            raise ForbiddenError(f"the hub has blocked {hub_user!r}")
        return await self._accounts.ensure(person.user)

    async def by_id(self, account_id: int) -> Account:
        """An account the database refers to."""
        account = await self._accounts.by_id(account_id)
        if account is None:
            raise NotFoundError("no such account")
        return account
