"""App passwords: made and taken back by their owner, asked about by ejabberd."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from xmpp_bridge.accounts.app_password import (
    AppPassword,
    Typed,
    fits,
    hashed,
    new_app_password,
    read_app_password,
    read_label,
    shown,
)
from xmpp_bridge.accounts.app_password_store import AppPasswordStore
from xmpp_bridge.accounts.lockout import Lockout
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.ending import Ending
from xmpp_bridge.hub_service.floods import Floods
from xmpp_bridge.hub_service.impostors import Impostors
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.xmpp.allowance import Allowance
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    BridgeError,
    ConflictError,
    NotFoundError,
    TooOftenError,
)
from xmpp_bridge.xmpp.stream import Secret

log = logging.getLogger(__name__)

MOST: Final = 20
MOST_DAYS: Final = 3650
NEW_AT_ONCE: Final = 100
A_NEW_ONE_EVERY: Final = 60.0
"""Each costs a hash, and revoking it ends sessions: whoever makes them without end waits."""
LATELY: Final = timedelta(hours=1)
"""For so long the service may have been down with an ending of sessions before it."""
AT_ONCE: Final = 2
"""Hashes are compared two at a time, as many as ejabberd asks about; they must not take every core."""


class AppPasswords:
    """Whoever may log in at ejabberd with something else than a Jupyter server's credential."""

    def __init__(
        self,
        store: AppPasswordStore,
        people: People,
        ending: Ending,
        impostors: Impostors,
        floods: Floods,
        locked: Callable[[Account, str], Awaitable[None]],
        made: Callable[[Iterable[Account]], Awaitable[None]],
        metrics: Metrics,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        """`locked` is told of an account and the label of the app password that somebody guesses at.

        `made` is told who will have a client soon.
        """
        self._made = made
        self._store = store
        self._people = people
        self._ending = ending
        self._impostors = impostors
        self._floods = floods
        self._locked = locked
        self._metrics = metrics
        self._now = now
        self._clock = clock
        self._lockout = Lockout()
        self._new = Allowance(NEW_AT_ONCE, A_NEW_ONE_EVERY)
        self._hashing = asyncio.Semaphore(AT_ONCE)

    async def make(
        self, owner: Account, label: str, days: int | None
    ) -> tuple[AppPassword, Secret]:
        """A new app password, and the one time that it can be read.

        Raises BadPayloadError, ConflictError, TooOftenError.
        """
        label = read_label(label)
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise BadPayloadError(f"an app password is good for 1 to {MOST_DAYS} days")
        if len(await self._store.of_account(owner.id)) >= MOST:
            raise ConflictError(f"nobody has more than {MOST} app passwords: revoke one first")
        if not self._new.take(owner.id, self._clock()):
            raise TooOftenError("that were many app passwords: wait a minute")
        now = self._now()
        expires_at = None if days is None else now + timedelta(days=days)
        password = new_app_password()
        made = await self._store.add(
            owner.id,
            password.selector,
            await asyncio.to_thread(hashed, password),
            label,
            now,
            expires_at,
        )
        log.info("app password made: account=%s id=%d", owner.localpart, made.id)
        await self._made([owner])
        return made, shown(password)

    async def all_of(self, owner: Account) -> list[AppPassword]:
        """The newest first, expired ones too: their owner should see why a client is out."""
        return await self._store.of_account(owner.id)

    def locked_seconds(self, password: AppPassword) -> float:
        """For how long it lets nobody in, since somebody has tried wrong ones; 0 for one that is not locked."""
        return self._lockout.seconds_left(password.id, self._clock())

    async def revoke(self, owner: Account, id_: int) -> None:
        """Nobody logs in with it from now on, and nobody stays logged in. Raises NotFoundError."""
        if not await self._store.revoke(owner.id, id_, self._now()):
            raise NotFoundError("you have no such app password")
        log.info("app password revoked: account=%s id=%d", owner.localpart, id_)
        await self._ending.end(owner.localpart)

    async def end_expired(self) -> None:
        """Take back what has run out: ejabberd would let its sessions go on."""
        for each in await self._store.expired(self._now()):
            owner = await self._people.by_id(each.account_id)
            if await self._store.revoke(owner.id, each.id, self._now()):
                await self._ending.end(owner.localpart)

    async def resume(self) -> None:
        """Finish what was revoked just before the service died: the sessions may be there still."""
        for localpart in await self._store.revoked_since(self._now() - LATELY):
            self._ending.watch(localpart)

    async def any_lives(self, account_id: int) -> bool:
        """Whether a client without a lease may be logged in to this account."""
        return await self._store.any_lives(account_id, self._now())

    async def may_log_in(self, localpart: str, password: str) -> bool:
        """Answer ejabberd. Raises UnavailableError while the hub cannot say whether its user is there still."""
        typed = read_app_password(password)
        if typed is None:
            return self._answer("malformed")
        found = await self._store.find(localpart, typed.selector)
        if found is None:
            return self._answer("unknown")
        known, hashed_secret = found
        if self._lockout.is_locked(known.id, self._clock()):
            return self._answer("locked")
        if not await self._fits(typed, hashed_secret):
            await self._wrong(known)
            return self._answer("wrong")
        self._lockout.succeeded(known.id)
        stands = known.lives(self._now()) and not self._floods.is_barred(localpart)
        if not stands or not await self._is_welcome(known.account_id):
            return self._answer("refused")
        self._ending.may_log_in(localpart)
        self._impostors.may_log_in(localpart)
        return self._answer("ok" if await self._store.used(known.id, self._now()) else "refused")

    async def _fits(self, typed: Typed, hashed_secret: str) -> bool:
        async with self._hashing:
            return await asyncio.to_thread(fits, typed, hashed_secret)

    async def _is_welcome(self, account_id: int) -> bool:
        """The hub is asked each time: somebody it has blocked must not come in until the next sweep."""
        account = await self._people.by_id(account_id)
        try:
            return (await self._people.named(account.hub_user)).id == account_id
        except BridgeError as error:
            log.info("app password refused: account=%s why=%s", account.localpart, error.condition)
            return False

    async def _wrong(self, known: AppPassword) -> None:
        if self._lockout.failed(known.id, self._clock()):
            owner = await self._people.by_id(known.account_id)
            log.warning("app password locked: account=%s id=%d", owner.localpart, known.id)
            await self._locked(owner, known.label)

    def _answer(self, result: str) -> bool:
        self._metrics.app_password_logins.labels(result).inc()
        return result == "ok"
