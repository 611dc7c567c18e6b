"""Tells people's Jupyter servers at once what they would otherwise find out at their next look."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Iterable

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.stanza import locked_to_xml
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.chat.invitation import invitation_to_xml
from xmpp_bridge.chat.message import RoomsChanged
from xmpp_bridge.chat.stanza import to_xml
from xmpp_bridge.documents.stanza import Changed
from xmpp_bridge.documents.stanza import to_xml as document_to_xml
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.room import Room


class Notices:
    """Says nothing while the component is down: whoever comes back looks."""

    def __init__(
        self,
        leases: LeaseStore,
        voice: Voice,
        addresses: Addresses,
        on_rooms: Callable[[Iterable[Account]], Awaitable[None]],
        moved: Callable[[], None],
    ) -> None:
        """`on_rooms` is told whose rooms have changed, and `moved` that somebody's have."""
        self._on_rooms = on_rooms
        self._leases = leases
        self._voice = voice
        self._addresses = addresses
        self._moved = moved

    async def app_password_locked(self, owner: Account, label: str) -> None:
        """Somebody guesses at an app password of theirs: their clients and their labs say so."""
        self._voice.write(
            self._addresses.account(owner.localpart),
            f"Somebody has tried wrong app passwords for “{label}” and has to wait now. If that was not you, revoke it"
            " on the page “Connect an XMPP client” of the hub and make another.",
        )
        await self._tell([owner], locked_to_xml(label))

    def invited(self, person: Account, by: Account, room: Room) -> None:
        """Somebody has let them into a room."""
        reason = f"{by.display_name} has let you into “{room.name}”"
        self._voice.invite(
            self._addresses.account(person.localpart),
            invitation_to_xml(str(self._addresses.chat(room.id)), reason),
        )

    async def rooms_changed(self, people: Iterable[Account]) -> None:
        """Each of them has other rooms now, or other people in them."""
        self._moved()
        (element,) = to_xml(RoomsChanged(), "")
        whose = list(people)
        await self._tell(whose, element)
        await self._on_rooms(whose)

    async def roles_changed(self, people: Iterable[Account]) -> None:
        """They may read other documents now, or write what they could only read."""
        await self._tell(people, document_to_xml(Changed()))

    async def _tell(self, people: Iterable[Account], element: ET.Element) -> None:
        by_id = {person.id: person for person in people}
        for lease in await self._leases.of_accounts(by_id.keys()):
            if not lease.revoked:
                person = by_id[lease.account_id]
                place = self._addresses.account(person.localpart, lease.resource)
                self._voice.pass_on(place, element)
