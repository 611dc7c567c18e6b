"""Guests: people of other, chosen servers in the chat of a room, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from slixmpp import JID
from slixmpp.jid import InvalidJID

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.rooms.guest_store import GuestStore
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError, ForbiddenError, NotFoundError

MOST: Final = 100
"""Guests of one room."""
MOST_CHARACTERS: Final = 300


class Guests:
    """Owners let them in and out; they see and write the chat, and no document ever."""

    def __init__(
        self,
        rooms: RoomStore,
        store: GuestStore,
        projection: Projection,
        now: Callable[[], datetime],
    ) -> None:
        self._rooms = rooms
        self._store = store
        self._projection = projection
        self._now = now

    async def of_room(self, asker: Account, room: RoomId) -> list[str]:
        """Their bare JIDs, for any member."""
        if await self._rooms.role_in_room(room, asker.id) is None:
            raise NotFoundError("no such room")
        return await self._store.of_room(room)

    async def invite(self, asker: Account, room: RoomId, address: str) -> None:
        """They may enter when this returns."""
        await self._demand_owner(asker, room)
        jid = read_guest(address)
        if not self._store.is_welcome(jid):
            raise ForbiddenError("nobody of this server can be a guest here")
        if len(await self._store.of_room(room)) >= MOST:
            raise ConflictError(f"a room has at most {MOST} guests")
        await self._store.invite(room, jid, asker.id, self._now())
        await self._projection.project_chat_or_owe(room)

    async def dismiss(self, asker: Account, room: RoomId, address: str) -> None:
        """They are out when this returns."""
        await self._demand_owner(asker, room)
        if not await self._store.dismiss(room, read_guest(address), self._now()):
            raise NotFoundError("no such guest")
        await self._projection.project_chat_or_owe(room)

    async def _demand_owner(self, asker: Account, room: RoomId) -> None:
        role = await self._rooms.role_in_room(room, asker.id)
        if role is None:
            raise NotFoundError("no such room")
        if not role.may_manage:
            raise ForbiddenError("only owners of the room have guests")


def read_guest(text: str) -> str:
    """A bare JID of a person, or BadPayloadError."""
    try:
        jid = JID(text) if len(text) <= MOST_CHARACTERS else JID("")
    except InvalidJID:
        jid = JID("")
    if not jid.local or not jid.domain or jid.resource:
        raise BadPayloadError("a guest is named like romeo@montague.lit")
    return str(jid.bare)


def is_domain(text: str) -> bool:
    """Whether this is how an XMPP server is called: a domain in lower case, as its addresses have it."""
    try:
        jid = JID(text)
    except InvalidJID:
        return False
    return bool(text) and jid.domain == text and not jid.local and not jid.resource
