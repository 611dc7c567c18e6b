"""Ends clients that call themselves a Jupyter server: ejabberd lets such write as much as they like."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.jid import is_of_a_server
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.ending import NEGOTIATION

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 2.0
REASON: Final = "only a Jupyter server is called so"


class Impostors:
    """Looks at an account while somebody whom its app password has let in may become a session.

    Who takes the place of a Jupyter server that runs does not keep it: that one logs in again, and they are out.
    """

    def __init__(
        self,
        ejabberd: EjabberdApi,
        leased: Callable[[str], Awaitable[frozenset[str]]],
        clock: Callable[[], float],
        look_every: float = LOOK_EVERY,
    ) -> None:
        """`leased` says at which resources an account's Jupyter servers are."""
        self._ejabberd = ejabberd
        self._leased = leased
        self._clock = clock
        self._look_every = look_every
        self._let_in: dict[str, float] = {}
        self._news = asyncio.Event()

    def may_log_in(self, localpart: str) -> None:
        """A client of this account is about to be let in."""
        self._let_in[localpart] = self._clock()
        self._news.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._let_in:
                await asyncio.sleep(self._look_every)
                for localpart, since in list(self._let_in.items()):
                    await self._look(localpart)
                    if self._let_in[localpart] == since and self._clock() > since + NEGOTIATION:
                        del self._let_in[localpart]

    async def _look(self, localpart: str) -> None:
        try:
            sessions = await self._ejabberd.sessions(localpart)
            claiming = [resource for resource in sessions if is_of_a_server(resource)]
            leased = await self._leased(localpart) if claiming else frozenset()
            for resource in claiming:
                if resource not in leased:
                    log.warning("impostor ended: account=%s resource=%s", localpart, resource)
                    await self._ejabberd.kick(localpart, resource, REASON)
        except AWAY as error:
            log.warning("sessions not looked at: account=%s why=%s", localpart, refusal(error))
