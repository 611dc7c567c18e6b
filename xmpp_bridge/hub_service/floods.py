"""Puts out a client that writes more than a person can, and lets it in again later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from slixmpp import JID

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.jid import is_of_a_server
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.xmpp.allowance import Allowance

log = logging.getLogger(__name__)

AT_ONCE: Final = 60
EVERY: Final = 1.0
BARRED: Final = 60.0
"""Seconds in which no client of the account logs in; its Jupyter servers do."""
REASON: Final = "too many messages"


class Floods:
    """Counts what an account's clients say in rooms, together: ejabberd only counts bytes, of each session alone."""

    def __init__(self, ejabberd: EjabberdApi, domain: str, clock: Callable[[], float]) -> None:
        self._ejabberd = ejabberd
        self._domain = domain
        self._clock = clock
        self._allowance = Allowance(AT_ONCE, EVERY)
        self._barred: dict[str, float] = {}
        self._leaving: set[str] = set()
        self._out: asyncio.Queue[JID] = asyncio.Queue()

    def hear(self, who: JID) -> None:
        """A client, by its full JID, has said something in a room."""
        if is_of_a_server(who.resource) or who.domain != self._domain:
            return
        now = self._clock()
        if self._allowance.take(who.local, now):
            return
        self._barred = {each: end for each, end in self._barred.items() if end > now}
        self._barred[who.local] = now + BARRED
        if who.full not in self._leaving:
            self._leaving.add(who.full)
            self._out.put_nowait(who)

    def is_barred(self, localpart: str) -> bool:
        """Whether clients of this account have to wait."""
        return self._clock() < self._barred.get(localpart, 0.0)

    async def run(self) -> None:
        """Put out until cancelled."""
        while True:
            who = await self._out.get()
            log.warning("client put out: account=%s resource=%s", who.local, who.resource)
            try:
                await self._ejabberd.kick(who.local, who.resource, REASON)
            except AWAY as error:
                log.warning("client not put out: account=%s why=%s", who.local, refusal(error))
            finally:
                self._leaving.discard(who.full)
