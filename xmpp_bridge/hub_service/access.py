"""Who has access to a room and where it comes from, as hub users ask for it and change it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.demand import Demand
from xmpp_bridge.hub_service.enforcing import Enforcing
from xmpp_bridge.hub_service.following import Following
from xmpp_bridge.hub_service.group_defaults import GroupDefaults
from xmpp_bridge.rooms.directory import Directory, GroupFound
from xmpp_bridge.rooms.entry import GroupEntry, Restricted, Restriction, Source
from xmpp_bridge.rooms.entry_store import EntryStore, HubShare
from xmpp_bridge.rooms.group_store import GroupStore
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.link_store import LinkStore
from xmpp_bridge.rooms.links import Link
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.moderation_store import ModerationStore
from xmpp_bridge.rooms.parting import LeaversFiles, Parted
from xmpp_bridge.rooms.parting_store import PartingStore
from xmpp_bridge.rooms.room import Member, Room
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError


@dataclass(frozen=True)
class OpenAccess:
    """A room's people with all reasons for which they are in; links and bans are for owners."""

    room: Room
    role: Role
    members: list[Member]
    sources: dict[int, list[Source]]
    groups: list[GroupEntry]
    restricted: list[Restricted]
    links: list[Link]
    heir: Account | None
    leavers_files: LeaversFiles
    share: HubShare | None


@dataclass(frozen=True)
class Found:
    """What was found, and the role that each has by name in the room it is for."""

    people: list[Account]
    groups: list[GroupFound]
    roles: dict[int, Role] = field(default_factory=dict)
    group_roles: dict[str, Role] = field(default_factory=dict)


class Access:
    """What is not the asker's does not exist for them; what they may not change is refused."""

    def __init__(
        self,
        demand: Demand,
        rooms: RoomStore,
        entries: EntryStore,
        groups: GroupStore,
        links: LinkStore,
        moderation: ModerationStore,
        directory: Directory,
        following: Following,
        enforcing: Enforcing,
        partings: PartingStore,
        group_defaults: Callable[[str], Awaitable[GroupDefaults]],
        *,
        everybody_visible: bool,
    ) -> None:
        self._partings = partings
        self._group_defaults = group_defaults
        self._demand = demand
        self._rooms = rooms
        self._entries = entries
        self._groups = groups
        self._links = links
        self._moderation = moderation
        self._directory = directory
        self._following = following
        self._enforcing = enforcing
        self._everybody_visible = everybody_visible

    async def of_room(self, asker: Account, room_id: RoomId) -> OpenAccess:
        """Who is in and why; what only owners may see is left out for others."""
        role = await self._demand.role(asker, room_id)
        room = await self._rooms.room(room_id)
        if room is None:
            raise NotFoundError("no such room")
        restricted = await self._moderation.restricted(room_id)
        if not role.may_manage:
            restricted = [each for each in restricted if each.kind is Restriction.MUTE]
        shares = await self._entries.shares(room_id)
        return OpenAccess(
            room,
            role,
            await self._rooms.members(room_id),
            await self._entries.sources(room_id),
            await self._group_entries(room_id),
            restricted,
            await self._links.of_room(room_id) if role.may_manage else [],
            await self._moderation.heir(room_id),
            await self._partings.chosen(room_id),
            shares[0] if shares else None,
        )

    async def put_group(
        self, asker: Account, room_id: RoomId, group: str, role: Role | None, *, all_seen: bool
    ) -> OpenAccess:
        """Let a hub group in, or change what it may do; without a role, as what its properties in the hub say."""
        await self._demand.owner(asker, room_id)
        await self._demand_visible(asker, group, all_seen=all_seen)
        if role is None:
            role = (await self._group_defaults(group)).role_or(None)
        if not await self._following.group(group):
            raise NotFoundError(f"the hub knows no group “{group}”")
        settled = await self._entries.put_group(room_id, group, role, asker.id)
        await self._enforcing.carry_out(settled)
        return await self.of_room(asker, room_id)

    async def group_defaults(self, asker: Account, group: str, *, all_seen: bool) -> GroupDefaults:
        """How this group is shared with unless one says."""
        await self._demand_visible(asker, group, all_seen=all_seen)
        return await self._group_defaults(group)

    async def drop_group(self, asker: Account, room_id: RoomId, group: str) -> None:
        """Whom only this group has let in is out when this returns."""
        await self._demand.owner(asker, room_id)
        await self._enforcing.carry_out(await self._entries.drop_group(room_id, group))

    async def find(
        self, asker: Account, text: str, room_id: RoomId | None, *, all_seen: bool
    ) -> Found:
        """People and groups called like this that the asker may see; an exact hub user name finds anybody."""
        everybody = all_seen or self._everybody_visible
        people = await self._directory.people(asker.id, text, everybody=everybody)
        exact = {text, asker.hub_user} - {person.hub_user for person in people}
        if text in exact and text != asker.hub_user:
            people = [*await self._exactly(text), *people]
        groups = await self._directory.groups(asker.id, text, everybody=everybody)
        if room_id is None:
            return Found(people, groups)
        await self._demand.role(asker, room_id)
        members = await self._rooms.members(room_id)
        entries = await self._group_entries(room_id)
        return Found(
            people,
            groups,
            {member.account.id: member.role for member in members},
            {entry.name: entry.role for entry in entries},
        )

    async def bind_share(self, asker: Account, room_id: RoomId, server: str) -> OpenAccess:
        """Let in whom the asker shares this server of theirs with, in the hub, by a scope of ours."""
        await self._demand.owner(asker, room_id)
        await self._entries.bind_share(room_id, asker.id, server)
        await self._following.shares()
        return await self.of_room(asker, room_id)

    async def unbind_share(self, asker: Account, room_id: RoomId) -> None:
        """Take out again whom only a hub share has let in."""
        await self._demand.owner(asker, room_id)
        await self._enforcing.carry_out(await self._entries.unbind_share(room_id))

    async def choose_leavers_files(
        self, asker: Account, room_id: RoomId, files: LeaversFiles
    ) -> OpenAccess:
        """What becomes of the files of whoever is taken out from now on."""
        await self._demand.owner(asker, room_id)
        await self._partings.choose(room_id, files, asker.id)
        return await self.of_room(asker, room_id)

    async def partings(self, asker: Account) -> list[Parted]:
        """Documents that the asker was taken out of, whose files are to go from their own server."""
        return await self._partings.of(asker.id)

    async def _demand_visible(self, asker: Account, group: str, *, all_seen: bool) -> None:
        if all_seen or self._everybody_visible:
            return
        if not await self._directory.may_see_group(asker.id, group):
            await self._following.person(asker.hub_user)  # They may be in it since a moment ago.
            if not await self._directory.may_see_group(asker.id, group):
                raise NotFoundError(f"you know no hub group “{group}”")

    async def _group_entries(self, room_id: RoomId) -> list[GroupEntry]:
        names = [entry.name for entry in await self._entries.groups(room_id, {})]
        return await self._entries.groups(room_id, await self._groups.sizes(names))

    async def _exactly(self, hub_user: str) -> list[Account]:
        if not hub_user:
            return []
        try:
            return [await self._demand.people.named(hub_user)]
        except (NotFoundError, ForbiddenError):
            return []
