"""Where there are guests, nobody else is called as a member is, even while the member is away."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.jid import as_nick
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.room import Member
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError

log = logging.getLogger(__name__)


class ReservedNicks:
    """One name for each account, in all chats at once: ejabberd keeps them (XEP-0045, section 7.10)."""

    def __init__(self, ejabberd: EjabberdApi, addresses: Addresses) -> None:
        self._ejabberd = ejabberd
        self._addresses = addresses
        self._kept: dict[str, str] = {}

    async def keep(self, members: Iterable[Member]) -> None:
        """What their labs call them, the first come of those who are called alike."""
        for member in members:
            account = member.account
            nick = as_nick(account.display_name)
            if nick is None or self._kept.get(account.localpart) == nick:
                continue
            jid = self._addresses.account(account.localpart).bare
            try:
                await self._ejabberd.reserve_nick(nick, jid, self._addresses.rooms)
            except (ConflictError, BadPayloadError) as error:
                log.info("nick not kept: account=%s reason=%s", account.localpart, error.condition)
            self._kept[account.localpart] = nick
