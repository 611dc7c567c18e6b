"""Links into rooms and invitations, as hub users make, open and take them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.demand import Demand
from xmpp_bridge.hub_service.enforcing import Enforcing
from xmpp_bridge.hub_service.following import Following
from xmpp_bridge.rooms.entry_store import EntryStore, Invitation
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.link_store import GONE, LinkStore
from xmpp_bridge.rooms.links import Link, LinkWish
from xmpp_bridge.rooms.room import Document, Room
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import NotFoundError


@dataclass(frozen=True)
class OpenLink:
    """A link as whoever opens it sees it."""

    room: Room
    link: Link
    document: Document | None
    joined: bool


class Links:
    """Looking at a link changes nothing; only accepting it counts a use."""

    def __init__(
        self,
        demand: Demand,
        rooms: RoomStore,
        links: LinkStore,
        entries: EntryStore,
        following: Following,
        enforcing: Enforcing,
    ) -> None:
        self._demand = demand
        self._rooms = rooms
        self._links = links
        self._entries = entries
        self._following = following
        self._enforcing = enforcing
        self.token = links.token
        self.now = links.now

    async def create(self, asker: Account, room_id: RoomId, wish: LinkWish) -> Link:
        """A link into the asker's room; what is in its address is only in this answer, and for owners."""
        await self._demand.owner(asker, room_id)
        return await self._links.create(room_id, wish, asker)

    async def revoke(self, asker: Account, room_id: RoomId, link: str, *, people: bool) -> None:
        """Nobody comes in by it any more; with `people`, who has nothing but this link is out when this returns."""
        await self._demand.owner(asker, room_id)
        await self._enforcing.carry_out(await self._links.revoke(room_id, link, people=people))

    async def look(self, asker: Account, token: str) -> OpenLink:
        """What it leads to; refused with a sentence for whom it does not let in."""
        link = await self._links.named(token)
        role = await self._rooms.role_in_room(link.room_id, asker.id)
        if role is None or not role.includes(link.wish.role):
            groups = await self._links.groups_of(asker.id)
            if link.wish.group is not None and link.wish.group not in groups:
                await self._following.person(asker.hub_user)
                groups = await self._links.groups_of(asker.id)
            link.demand_open(groups, self._links.now())
            await self._links.demand_welcome(link, asker.id)
        return await self._opened(link, joined=role is not None)

    async def accept(self, asker: Account, token: str) -> OpenLink:
        """Come in; in ejabberd too when this returns."""
        await self.look(asker, token)  # Asks the hub after groups, which the transaction cannot.
        link, settled = await self._links.accept(token, asker.id)
        await self._entries.seen(link.room_id, asker.id)
        await self._enforcing.carry_out(settled)
        return await self._opened(link, joined=True)

    async def invitations(self, asker: Account) -> Sequence[tuple[Invitation, list[Document]]]:
        """Who has let the asker in where, and what is there; until it was seen."""
        found = await self._entries.invitations(asker.id)
        documents = await self._rooms.documents_in({each.room.id for each in found})
        return [(each, documents[each.room.id]) for each in found]

    async def dismiss(self, asker: Account, room_id: RoomId) -> None:
        """The asker has seen that they are in."""
        await self._demand.role(asker, room_id)
        await self._entries.seen(room_id, asker.id)

    async def _opened(self, link: Link, *, joined: bool) -> OpenLink:
        room = await self._rooms.room(link.room_id)
        if room is None:
            raise NotFoundError(GONE)
        return OpenLink(room, link, await self._links.document_of(link), joined)
