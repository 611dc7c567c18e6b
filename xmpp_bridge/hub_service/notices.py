"""Tells people's Jupyter servers at once what they would otherwise find out at their next look."""

from __future__ import annotations

from collections.abc import Iterable

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.chat.message import RoomsChanged
from xmpp_bridge.chat.stanza import to_xml
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.xmpp_server import Addresses


class Notices:
    """Says nothing while the component is down: whoever comes back looks."""

    def __init__(self, leases: LeaseStore, voice: Voice, addresses: Addresses) -> None:
        self._leases = leases
        self._voice = voice
        self._addresses = addresses

    async def rooms_changed(self, people: Iterable[Account]) -> None:
        """Each of them has other rooms now, or other people in them."""
        (element,) = to_xml(RoomsChanged(), "")
        for person in people:
            for lease in await self._leases.of_account(person.id):
                if not lease.revoked:
                    place = self._addresses.account(person.localpart, lease.resource)
                    self._voice.pass_on(place, element)
