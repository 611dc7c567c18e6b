"""Puts the people of a hub group into each other's contact lists, for XMPP clients that show nothing else."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.store import AccountStore
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.presence.rosters import OURS, Add, Drop, Make, Remove, Step, plan, wanted
from xmpp_bridge.rooms.group_store import GroupStore
from xmpp_bridge.xmpp.retry import Retry

log = logging.getLogger(__name__)

TRUST_FOR: Final = timedelta(minutes=15)
"""How long what the XMPP server said of its groups is not asked again."""


class Rosters:
    """Groups that the XMPP server shares among its accounts: no client has to be asked, none can refuse."""

    def __init__(
        self,
        groups: GroupStore,
        accounts: AccountStore,
        ejabberd: EjabberdApi,
        most: int,
        clock: Callable[[], float],
    ) -> None:
        """`most` people may be in a group that is shown; 0 shows none."""
        self._groups = groups
        self._accounts = accounts
        self._ejabberd = ejabberd
        self._most = most
        self._clock = clock
        self._actual: dict[str, set[str]] | None = None
        self._read_at = 0.0
        self._news = asyncio.Event()

    def hurry(self) -> None:
        """Groups may have changed."""
        self._news.set()

    async def run(self) -> None:
        """Follow until cancelled, beside what lets people into rooms and out: that waits for no contact list."""
        retry = Retry()
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self.follow()
                retry = Retry()
            except AWAY as error:
                retry = retry.next(random.random())  # noqa: S311 - it spreads attempts, and keeps no secret
                log.warning("rosters put off: reason=%s", refusal(error))
                self._news.set()
                await asyncio.sleep(retry.delay.total_seconds())

    async def follow(self) -> None:
        """Make contact lists what the groups are now, or raise `UnavailableError` and begin anew next time."""
        if self._most == 0 and self._actual == {}:
            return
        actual = await self._read()
        localparts = {each.id: each.localpart for each in await self._accounts.enabled()}
        groups = {
            label: [localparts[each] for each in people if each in localparts]
            for label, people in (await self._groups.all_groups()).items()
        }
        self._actual = None  # What fails in the middle is read again.
        taken = 0
        for step in list(plan(actual, wanted(groups, self._most))):
            # Whoever has left a group meanwhile does not wait until all others are in theirs.
            if self._news.is_set() and isinstance(step, Make | Add):
                break
            await self._take(step, actual)
            taken += 1
        self._actual = actual
        if taken:
            log.info("rosters changed: groups=%d steps=%d", len(actual), taken)

    async def _read(self) -> dict[str, set[str]]:
        if self._actual is not None and self._clock() - self._read_at < TRUST_FOR.total_seconds():
            return self._actual
        self._read_at = self._clock()
        names = [each for each in await self._ejabberd.roster_groups() if each.startswith(OURS)]
        return {each: set(await self._ejabberd.roster_group(each)) for each in names}

    async def _take(self, step: Step, actual: dict[str, set[str]]) -> None:
        match step:
            case Drop(name):
                await self._ejabberd.drop_roster_group(name)
                del actual[name]
            case Make(name, label):
                await self._ejabberd.make_roster_group(name, label)
                actual[name] = set()
            case Add(name, person):
                await self._ejabberd.add_to_roster_group(name, person)
                actual[name].add(person)
            case Remove(name, person):
                await self._ejabberd.remove_from_roster_group(name, person)
                actual[name].discard(person)
