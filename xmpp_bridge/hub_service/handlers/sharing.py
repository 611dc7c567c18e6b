"""Who has access to a room: people, groups, links, hub shares, and what owners do about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from xmpp_bridge.hub_service.group_defaults import GroupDefaults
from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler
from xmpp_bridge.hub_service.handlers.bodies import read_choice, read_object, read_text
from xmpp_bridge.rooms.entry import Restriction
from xmpp_bridge.rooms.identifiers import read_document_id, read_room_id
from xmpp_bridge.rooms.links import LinkWish
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.parting import LeaversFiles
from xmpp_bridge.xmpp.errors import BadPayloadError

LONGEST = 60 * 24 * 366 * 10
"""Minutes: ten years."""


class SharingHandler(AuthenticatedHandler):
    """Answers with the access of a room as it is after what was asked."""

    async def send_access(self, room: str) -> None:
        opened = await self.parts.access.of_room(await self.account(), read_room_id(room))
        self.send_json(self.parts.sharing_views.access(opened))

    async def group_defaults(self, group: str) -> GroupDefaults:
        """How this hub group is shared with, unless one says."""
        return await self.parts.access.group_defaults(
            await self.account(), group, all_seen=self.caller.admin
        )


class AccessHandler(SharingHandler):
    """Who is in, as what, and why."""

    async def get(self, room: str) -> None:
        await self.send_access(room)


class GroupHandler(SharingHandler):
    """One hub group of a room."""

    async def put(self, room: str, group: str) -> None:
        fields = read_object(self.request.body)
        role = read_choice(fields, "role", Role) if "role" in fields else None
        opened = await self.parts.access.put_group(
            await self.account(), read_room_id(room), group, role, all_seen=self.caller.admin
        )
        self.send_json(self.parts.sharing_views.access(opened))

    async def delete(self, room: str, group: str) -> None:
        await self.parts.access.drop_group(await self.account(), read_room_id(room), group)
        self.send_nothing()


class GroupDefaultsHandler(SharingHandler):
    """How one hub group is shared with, unless one says."""

    async def get(self, group: str) -> None:
        defaults = await self.group_defaults(group)
        self.send_json(
            {"name": group, "role": defaults.role, "link_minutes": defaults.link_minutes}
        )


class LinksHandler(SharingHandler):
    """The links of a room."""

    async def post(self, room: str) -> None:
        fields = read_object(self.request.body)
        document, group = read_maybe(fields, "document"), read_maybe(fields, "group")
        given = "role" in fields or group is None
        role = read_choice(fields, "role", Role) if given else None
        minutes = read_count(fields, "expires_in_minutes", LONGEST)
        defaults = GroupDefaults()
        if group is not None and not fields.keys() >= {"role", "expires_in_minutes"}:
            defaults = await self.group_defaults(group)
        if "expires_in_minutes" not in fields:
            minutes = defaults.link_minutes
        links = self.parts.links
        wish = LinkWish(
            role=defaults.role_or(role),
            label=read_maybe(fields, "label") or "",
            group=group,
            document=None if document is None else read_document_id(document),
            most_uses=read_count(fields, "most_uses", LONGEST),
            expires_at=None if minutes is None else links.now() + timedelta(minutes=minutes),
        )
        made = await links.create(await self.account(), read_room_id(room), wish)
        self.send_json(self.parts.sharing_views.link(made), status=201)


class LinkHandler(SharingHandler):
    """One link of a room."""

    async def delete(self, room: str, link: str) -> None:
        people = self.get_query_argument("people", "keep")
        if people not in {"keep", "remove"}:
            raise BadPayloadError("people is one of: keep, remove")
        await self.parts.links.revoke(
            await self.account(), read_room_id(room), link, people=people == "remove"
        )
        self.send_nothing()


class JoinHandler(SharingHandler):
    """A link, for whoever has got it."""

    async def get(self, token: str) -> None:
        opened = await self.parts.links.look(await self.account(), token)
        self.send_json(self.parts.sharing_views.open_link(opened))

    async def post(self, token: str) -> None:
        opened = await self.parts.links.accept(await self.account(), token)
        self.send_json(self.parts.sharing_views.open_link(opened))


class InvitationsHandler(SharingHandler):
    """Rooms into which somebody has let the caller, who has not seen it yet."""

    async def get(self) -> None:
        found = await self.parts.links.invitations(await self.account())
        show = self.parts.sharing_views.invitation
        self.send_json({"invitations": [show(each, documents) for each, documents in found]})


class InvitationHandler(SharingHandler):
    """One of them."""

    async def delete(self, room: str) -> None:
        await self.parts.links.dismiss(await self.account(), read_room_id(room))
        self.send_nothing()


class DirectoryHandler(SharingHandler):
    """Whom the caller may find."""

    async def get(self) -> None:
        room = self.get_query_argument("room", "")
        found = await self.parts.access.find(
            await self.account(),
            self.get_query_argument("q", ""),
            read_room_id(room) if room else None,
            all_seen=self.caller.admin,
        )
        self.send_json(self.parts.sharing_views.found(found))


class RestrictionHandler(SharingHandler):
    """What owners put on one person."""

    kind: Restriction

    async def put(self, room: str, hub_user: str) -> None:
        fields = read_object(self.request.body)
        await self.parts.moderation.restrict(
            await self.account(),
            read_room_id(room),
            hub_user,
            self.kind,
            read_maybe(fields, "reason") or "",
            read_count(fields, "minutes", LONGEST),
        )
        await self.send_access(room)

    async def delete(self, room: str, hub_user: str) -> None:
        await self.parts.moderation.lift(
            await self.account(), read_room_id(room), hub_user, self.kind
        )
        self.send_nothing()


class BanHandler(RestrictionHandler):
    kind = Restriction.BAN


class MuteHandler(RestrictionHandler):
    kind = Restriction.MUTE


class OwnerHandler(SharingHandler):
    """Whose the room is."""

    async def put(self, room: str) -> None:
        hub_user = read_text(read_object(self.request.body), "hub_user")
        await self.parts.moderation.transfer(await self.account(), read_room_id(room), hub_user)
        await self.send_access(room)


class HeirHandler(SharingHandler):
    """Whose the room will be when no owner is left on the hub."""

    async def put(self, room: str) -> None:
        hub_user = read_maybe(read_object(self.request.body), "hub_user")
        await self.parts.moderation.set_heir(await self.account(), read_room_id(room), hub_user)
        await self.send_access(room)


class LeaversHandler(SharingHandler):
    """What becomes of the files of whoever is taken out."""

    async def put(self, room: str) -> None:
        files = read_choice(read_object(self.request.body), "files", LeaversFiles)
        opened = await self.parts.access.choose_leavers_files(
            await self.account(), read_room_id(room), files
        )
        self.send_json(self.parts.sharing_views.access(opened))


class PartingsHandler(SharingHandler):
    """What the caller was taken out of, where the files are to go."""

    async def get(self) -> None:
        found = await self.parts.access.partings(await self.account())
        self.send_json({"partings": [self.parts.sharing_views.parting(each) for each in found]})


class HubShareHandler(SharingHandler):
    """Whether shares of a server of the caller's, in the hub, let people into the room."""

    async def put(self, room: str) -> None:
        server = read_text(read_object(self.request.body), "server")
        opened = await self.parts.access.bind_share(
            await self.account(), read_room_id(room), server
        )
        self.send_json(self.parts.sharing_views.access(opened))

    async def delete(self, room: str) -> None:
        await self.parts.access.unbind_share(await self.account(), read_room_id(room))
        self.send_nothing()


class LockHandler(SharingHandler):
    """Nobody types."""

    async def put(self, document: str) -> None:
        reason = read_maybe(read_object(self.request.body), "reason") or ""
        asker = await self.account()
        locked = await self.parts.moderation.lock(asker, read_document_id(document), reason)
        self.send_json(self.views.document(await self.parts.sharing.document(asker, locked.id)))

    async def delete(self, document: str) -> None:
        await self.parts.moderation.unlock(await self.account(), read_document_id(document))
        self.send_nothing()


def read_maybe(fields: dict[str, Any], name: str) -> str | None:
    """The text in a field which may be missing or null."""
    return None if fields.get(name) is None else read_text(fields, name)


def read_count(fields: dict[str, Any], name: str, most: int) -> int | None:
    """A whole number above 0, or None where there is none."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        raise BadPayloadError(f"{name} is a whole number between 1 and {most:,}, or null")
    return value
