"""Ends XMPP sessions that nobody stands for any more, every so often."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from slixmpp import JID

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.hub_service.app_passwords import AppPasswords
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.closing import Closing
from xmpp_bridge.hub_service.hub_api import HubApi, HubPerson
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.sweep import Close, Kick, Reason, Session, Verdict, judge

log = logging.getLogger(__name__)

AT_ONCE = 4  # questions to the hub: it has other things to do
NEVER = datetime.min.replace(tzinfo=UTC)


class Sweeper:
    """Compares who is logged in with what the hub says now."""

    def __init__(
        self,
        ejabberd: EjabberdApi,
        hub: HubApi,
        accounts: AccountStore,
        leases: LeaseStore,
        closing: Closing,
        app_passwords: AppPasswords,
        metrics: Metrics,
        *,
        every: timedelta,
        lifetime: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._ejabberd = ejabberd
        self._hub = hub
        self._accounts = accounts
        self._leases = leases
        self._closing = closing
        self._app_passwords = app_passwords
        self._metrics = metrics
        self._every = every
        self._lifetime = lifetime
        self._now = now
        self._renewable_since = now()
        self._few = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await self.try_to_sweep()
            await asyncio.sleep(self._every.total_seconds())

    async def try_to_sweep(self) -> None:
        """End what must end now, if the hub and ejabberd answer."""
        try:
            await self.sweep()
        except AWAY as error:
            # Whoever could not renew because the hub was away must not be thrown out for it.
            self._renewable_since = self._now()
            log.warning("sweep put off: reason=%s", refusal(error))

    async def sweep(self) -> None:
        """End what must end now."""
        await self._app_passwords.end_expired()
        by_account: dict[str, list[Session]] = defaultdict(list)
        for address in await self._ejabberd.connected():
            jid = JID(address)
            by_account[jid.local].append(Session(jid.local, jid.resource))
        if not by_account:
            return
        active = await self._hub.active()
        verdicts = await asyncio.gather(
            *(self._judge(*logged_in, active) for logged_in in by_account.items())
        )
        for verdict in (verdict for several in verdicts for verdict in several):
            await self._carry_out(verdict)

    async def close(self, account: Account, reason: Reason = Reason.GONE) -> None:
        """End every session of somebody whom the hub does not know any more, and close the account."""
        await self._closing.close(account)
        await self._ejabberd.kick(account.localpart, None, reason)
        log.info("account closed: localpart=%s reason=%s", account.localpart, reason)

    async def _judge(
        self, localpart: str, sessions: list[Session], active: Mapping[str, HubPerson]
    ) -> list[Verdict]:
        account = await self._accounts.by_localpart(localpart)
        if account is None:
            return [Kick(session, Reason.NO_LEASE) for session in sessions]
        person = active.get(account.hub_user) or await self._person(account.hub_user)
        leases = {lease.resource: lease for lease in await self._leases.of_account(account.id)}
        clients = await self._app_passwords.any_lives(account.id)
        return judge(account, person, leases, sessions, self._overdue(), clients=clients)

    async def _person(self, hub_user: str) -> HubPerson | None:
        async with self._few:
            return await self._hub.person(hub_user)

    def _overdue(self) -> datetime:
        now = self._now()
        return now if now - self._renewable_since >= self._lifetime else NEVER

    async def _carry_out(self, verdict: Verdict) -> None:
        match verdict:
            case Close(account, reason):
                await self.close(account, reason)
            case Kick(session, reason):
                await self._ejabberd.kick(session.localpart, session.resource, reason)
                log.info("session ended: localpart=%s reason=%s", session.localpart, reason)
        self._metrics.kicked.labels(verdict.reason).inc()
