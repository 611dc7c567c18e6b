"""Keeps accounts, groups and shares as the hub has them: at once when it says so, and every so often anyway."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.enforcing import Enforcing
from xmpp_bridge.hub_service.hub_api import HubApi, HubPerson, Shared
from xmpp_bridge.hub_service.nudge import Nudge
from xmpp_bridge.hub_service.scopes import ROOM_EDIT, ROOM_VIEW
from xmpp_bridge.rooms.entry_store import EntryStore, HubShare
from xmpp_bridge.rooms.group_store import GroupStore
from xmpp_bridge.rooms.membership import Role

log = logging.getLogger(__name__)

EVERYTHING_EVERY: Final = timedelta(minutes=15)
AFTER_A_DELETION: Final = timedelta(seconds=30)
"""Deleting a thousand people asks for one look at everybody, not for a thousand."""
BETWEEN_PAGES: Final = 0.05
"""Seconds in which the hub does what it is there for."""


class Following:
    """Between looks at everybody only those are asked for of whom something is new: who is active, who came last."""

    def __init__(
        self,
        hub: HubApi,
        accounts: AccountStore,
        groups: GroupStore,
        entries: EntryStore,
        enforcing: Enforcing,
        end: Callable[[Account], Awaitable[None]],
        inherit: Callable[[list[Account]], Awaitable[None]],
        looked: Callable[[], None],
        *,
        every: timedelta,
        clock: Callable[[], float],
    ) -> None:
        """`end` closes an account; `inherit` finds owners among the admins for rooms that have none.

        `looked` is told of each look, for what else depends on groups; it must not wait.
        """
        self._hub = hub
        self._accounts = accounts
        self._groups = groups
        self._entries = entries
        self._enforcing = enforcing
        self._end = end
        self._inherit = inherit
        self._looked = looked
        self._every = every
        self._clock = clock
        self._due = 0.0
        self._total: int | None = None
        self._nudge = Nudge()
        self._nudged = asyncio.Event()

    def nudge(self, nudge: Nudge) -> None:
        """The hub says that something has changed: look soon."""
        self._nudge.take(nudge)
        self._nudged.set()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                await self.look()
            except AWAY as error:
                self._due = max(self._due, self._clock() + self._every.total_seconds())
                log.warning("hub not followed: reason=%s", refusal(error))
            due_in = max(self._due - self._clock(), 0.0)
            try:
                async with asyncio.timeout(min(due_in, self._every.total_seconds())):
                    await self._nudged.wait()
            except TimeoutError:
                self._nudge.shares = True

    async def look(self) -> None:
        """At what the hub named; then, if it is time, at the active, at the shares, and at everybody."""
        self._nudged.clear()
        nudge, self._nudge = self._nudge, Nudge()
        try:
            await self._follow(nudge)
        except AWAY:
            self._nudge.take(nudge)  # It stays to be done.
            raise
        self._looked()

    async def _follow(self, nudge: Nudge) -> None:
        for group in sorted(nudge.groups):
            await self.group(group)
        gone = [each for each in sorted(nudge.users) if not await self.person(each)]
        for name in gone:
            await self.person(name)  # Renamed people have been found under their new names by now.
        if nudge.shares:
            await self.shares()
            await self._glance()
        if gone or nudge.all:
            self._due = min(self._due, self._clock() + AFTER_A_DELETION.total_seconds())
        if nudge.all or self._clock() >= self._due:
            await self.everybody()

    async def person(self, name: str) -> bool:
        """Look at one hub user; False if the hub has none of this name."""
        person = await self._hub.person(name)
        if person is not None:
            await self._take([person])
            return True
        account = await self._accounts.by_hub_user(name)
        if account is not None:
            await self._close(account)
        return False

    async def group(self, name: str) -> bool:
        """Look at one hub group; False if the hub has none of this name."""
        people = await self._hub.group(name)
        if people is None:
            await self._enforcing.carry_out_all(await self._groups.group_is_gone(name))
            return False
        known = {each: await self._accounts.by_hub_user(each) for each in sorted(people)}
        for hub_user in [each for each, account in known.items() if account is None]:
            await self.person(hub_user)
            known[hub_user] = await self._accounts.by_hub_user(hub_user)
        ids = {account.id for account in known.values() if account is not None}
        await self._enforcing.carry_out_all(await self._groups.group_has(name, ids))
        return True

    async def shares(self) -> None:
        """Look at the hub shares of every server that lets people into a room."""
        seen: dict[tuple[str, str], list[Shared]] = {}
        for share in await self._entries.shares():
            key = (share.owner.hub_user, share.server)
            if key not in seen:
                seen[key] = await self._hub.shares(*key) if share.owner.enabled else []
            await self._take_shares(share, seen[key])

    async def everybody(self) -> None:
        """Compare all there is. Whoever is new has an account afterwards, whoever is gone has none."""
        before = {account.id: account for account in await self._accounts.enabled()}
        used = await self._groups.used()
        seen: set[int] = set()
        groups: set[str] = set()
        admins: list[Account] = []
        total = 0
        async for page in self._hub.everybody():
            total += len(page)
            taken = await self._take(page)
            seen |= {account.id for account in taken.values()}
            groups |= {group for person in page for group in person.user.groups}
            admins += [taken[p.user.name] for p in page if p.admin and p.user.name in taken]
            await asyncio.sleep(BETWEEN_PAGES)
        for account_id in before.keys() - seen:
            await self._check(before[account_id])
        for group in sorted((used | (await self._groups.all_groups()).keys()) - groups):
            await self.group(group)
        await self._inherit(sorted(admins, key=lambda account: account.hub_user))
        self._total = total
        self._due = self._clock() + EVERYTHING_EVERY.total_seconds()

    async def _glance(self) -> None:
        """Whoever is active, and whoever came last: two requests, however large the hub is."""
        active = await self._hub.active()
        await self._take(list(active.values()))
        total, newest = await self._hub.how_many()
        await self._take(newest)
        if self._total is not None and total < self._total:
            self._due = self._clock()  # Somebody is gone, and only a look at everybody says who.
        self._total = total

    async def _check(self, account: Account) -> None:
        """Pages move while they are read: nobody is closed before the hub has said so by name."""
        person = await self._hub.person(account.hub_user)
        if person is None or person.user.created != account.hub_created:
            now = await self._accounts.by_id(account.id)
            if now is not None and now.enabled and now.hub_user == account.hub_user:
                await self._close(account)

    async def _close(self, account: Account) -> None:
        await self._end(account)
        await self._enforcing.carry_out_all(
            await self._groups.people_are_in({account.id: frozenset()})
        )
        log.info("account closed: localpart=%s reason=gone", account.localpart)

    async def _take(self, people: list[HubPerson]) -> dict[str, Account]:
        """Their accounts, with their names and groups as they are now; none for whom the hub blocks."""
        accounts = await self._accounts.ensure_all(
            [person.user for person in people if not person.blocked]
        )
        groups = {
            accounts[person.user.name].id: person.user.groups
            for person in people
            if person.user.name in accounts
        }
        await self._enforcing.carry_out_all(await self._groups.people_are_in(groups))
        for person in (each for each in people if each.blocked):
            account = await self._accounts.by_hub_user(person.user.name)
            if account is not None:
                await self._end(account)
        return accounts

    async def _take_shares(self, share: HubShare, found: list[Shared]) -> None:
        people: dict[int, Role] = {}
        groups: dict[str, Role] = {}
        for each in found:
            role = _role_of(each.scopes)
            if role is not None and each.group is not None:
                groups[each.group] = role
            elif role is not None and each.user is not None:
                account = await self._accounts.by_hub_user(each.user)
                if account is None and await self.person(each.user):
                    account = await self._accounts.by_hub_user(each.user)
                if account is not None:
                    people[account.id] = role
        await self._enforcing.carry_out(
            await self._entries.shared_with(share.room_id, people, groups)
        )


def _role_of(scopes: frozenset[str]) -> Role | None:
    """What a share of the hub gives; one of the server itself gives nothing here."""
    names = {scope.partition("!")[0] for scope in scopes}
    if ROOM_EDIT in names:
        return Role.EDITOR
    return Role.VIEWER if ROOM_VIEW in names else None
