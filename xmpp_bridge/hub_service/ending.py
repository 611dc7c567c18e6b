"""Ends the sessions of an account when what they stand on is taken back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.hub_service.away import AWAY, refusal

log = logging.getLogger(__name__)

NEGOTIATION: Final = 25.0
"""Seconds in which a login that was let in has become a session, or nothing: ejabberd's `negotiation_timeout` is 20."""
LOOK_EVERY: Final = 0.25
REASON: Final = "an app password was revoked"


class Ending:
    """All sessions at once, Jupyter servers' too: whose they are cannot be told, and these come back by themselves.

    A client that was let in a moment ago may not be a session yet. While one is missing, whatever appears without a
    lease ends as well; a client with another app password tries again.
    """

    def __init__(
        self,
        ejabberd: EjabberdApi,
        leased: Callable[[str], Awaitable[frozenset[str]]],
        clock: Callable[[], float],
    ) -> None:
        """`leased` says at which resources an account's Jupyter servers are."""
        self._ejabberd = ejabberd
        self._leased = leased
        self._clock = clock
        self._let_in: dict[str, list[float]] = {}
        self._watched: dict[str, float] = {}
        self._news = asyncio.Event()

    def may_log_in(self, localpart: str) -> None:
        """A client of this account is about to be let in."""
        now = self._clock()
        self._let_in = {who: at for who, at in self._let_in.items() if now < at[-1] + NEGOTIATION}
        self._let_in.setdefault(localpart, []).append(now)

    async def end(self, localpart: str) -> None:
        """End every session that there is; if ejabberd cannot be told, as soon as it can."""
        try:
            missing = await self._is_one_missing(localpart)
            await self._ejabberd.kick(localpart, None, REASON)
        except AWAY as error:
            log.warning("sessions not ended yet: account=%s why=%s", localpart, refusal(error))
            missing = True
        if not missing:
            self._let_in.pop(localpart, None)  # Each was a session, and has ended.
        else:
            self.watch(localpart)

    def watch(self, localpart: str) -> None:
        """End whatever of it is there without a lease, and what appears within the time that a login takes."""
        self._watched[localpart] = self._clock() + NEGOTIATION
        self._news.set()

    async def _is_one_missing(self, localpart: str) -> bool:
        """Whether fewer sessions have begun lately than clients were let in."""
        since = self._clock() - NEGOTIATION
        lately = [at for at in self._let_in.get(localpart, []) if at > since]
        if not lately:
            return False
        leased = await self._leased(localpart)
        uptimes = await self._ejabberd.uptimes(localpart)
        begun = [each for each in uptimes if each not in leased and uptimes[each] <= NEGOTIATION]
        return len(begun) < len(lately)

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._watched:
                for localpart in list(self._watched):
                    await self._look(localpart)
                await asyncio.sleep(LOOK_EVERY)

    async def _look(self, localpart: str) -> None:
        try:
            leased = await self._leased(localpart)
            for resource in await self._ejabberd.sessions(localpart):
                if resource not in leased:
                    await self._ejabberd.kick(localpart, resource, REASON)
        except AWAY as error:
            log.warning("sessions not ended yet: account=%s why=%s", localpart, refusal(error))
            return
        if self._watched[localpart] <= self._clock():
            del self._watched[localpart]
