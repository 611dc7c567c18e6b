"""The JSON of who has access and why; the only file that knows its shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.access import Found, OpenAccess
from xmpp_bridge.hub_service.administration import Listing
from xmpp_bridge.hub_service.links import OpenLink
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.entry import EntryKind, Restricted, Restriction, Source
from xmpp_bridge.rooms.entry_store import Invitation
from xmpp_bridge.rooms.link_store import LinkStore
from xmpp_bridge.rooms.links import Link, LinkState
from xmpp_bridge.rooms.oversight_store import Quota
from xmpp_bridge.rooms.parting import Parted
from xmpp_bridge.rooms.room import Document, Room


class SharingViews:
    """`base` is the service's address, without a host where nobody said which."""

    def __init__(self, addresses: Addresses, base: str, links: LinkStore) -> None:
        self._addresses = addresses
        self._base = base
        self._links = links

    def access(self, opened: OpenAccess) -> dict[str, Any]:
        """A room's people, groups, links and bans."""
        muted = {r.account.id: r for r in opened.restricted if r.kind is Restriction.MUTE}
        share = opened.share
        return {
            "room": {
                **_room(opened.room),
                "role": opened.role,
                "heir": opened.heir and opened.heir.hub_user,
                "leavers_files": opened.leavers_files,
                "hub_share": share and {"owner": share.owner.hub_user, "server": share.server},
            },
            "people": [
                {
                    "hub_user": member.account.hub_user,
                    "display_name": member.account.display_name,
                    "jid": str(self._addresses.account(member.account.localpart)),
                    "role": member.role,
                    "sources": [
                        _source(each, opened) for each in opened.sources.get(member.account.id, [])
                    ],
                    "muted": _restricted(muted.get(member.account.id)),
                }
                for member in opened.members
            ],
            "groups": [
                {"name": each.name, "role": each.role, "people": each.people}
                for each in opened.groups
            ],
            "links": [self.link(each) for each in opened.links],
            "banned": [
                {**_person(each.account), **(_restricted(each) or {})}
                for each in opened.restricted
                if each.kind is Restriction.BAN
            ],
        }

    def link(self, link: Link) -> dict[str, Any]:
        """A link for an owner of its room, who may copy its address as long as it is good for something."""
        state = link.state(self._links.now())
        open_ = state is LinkState.OPEN
        return {
            "id": link.id,
            "label": link.wish.label,
            "role": link.wish.role,
            "audience": "hub" if link.wish.group is None else "group",
            "group": link.wish.group,
            "document": link.wish.document,
            "expires_at": link.wish.expires_at and link.wish.expires_at.isoformat(),
            "uses": link.uses,
            "most_uses": link.wish.most_uses,
            "created_by": link.by.hub_user,
            "created_at": link.created_at.isoformat(),
            "revoked_at": link.revoked_at and link.revoked_at.isoformat(),
            "state": state,
            "url": f"{self._base}join/{self._links.token(link)!s}" if open_ else None,
        }

    def open_link(self, opened: OpenLink) -> dict[str, Any]:
        """A link for whoever has opened it."""
        return {
            "room": _room(opened.room),
            "role": opened.link.wish.role,
            "by": _person(opened.link.by),
            "document": opened.document and _document(opened.document),
            "joined": opened.joined,
        }

    def invitation(self, invitation: Invitation, documents: Iterable[Document]) -> dict[str, Any]:
        return {
            "room": _room(invitation.room),
            "role": invitation.role,
            "by": _person(invitation.by),
            "at": invitation.at.isoformat(),
            "documents": [_document(each) for each in documents],
        }

    def parting(self, parted: Parted) -> dict[str, Any]:
        return {"document": parted.document, "name": parted.name, "room": parted.room}

    def found(self, found: Found) -> dict[str, Any]:
        return {
            "people": [
                {**_person(each), "role": found.roles.get(each.id)} for each in found.people
            ],
            "groups": [
                {
                    "name": each.name,
                    "people": each.people,
                    "role": found.group_roles.get(each.name),
                }
                for each in found.groups
            ],
        }

    def listing(self, listing: Listing) -> dict[str, Any]:
        """A page of all rooms of the hub."""
        return {
            "rooms": [
                {
                    **_room(each.room),
                    "created_at": each.room.created_at.isoformat(),
                    "owners": each.owners,
                    "people": each.people,
                    "documents": each.documents,
                    "bytes": size,
                }
                for each, size in listing.rooms
            ],
            "total": listing.total,
            "quotas": self.quotas(listing.quotas),
        }

    def quotas(self, quotas: Mapping[Quota, int]) -> dict[str, int | None]:
        return {quota.value: quotas.get(quota) for quota in Quota}


def _room(room: Room) -> dict[str, Any]:
    return {"id": room.id, "name": room.name}


def _person(account: Account) -> dict[str, Any]:
    return {"hub_user": account.hub_user, "display_name": account.display_name}


def _document(document: Document) -> dict[str, Any]:
    return {"id": document.id, "name": document.name, "type": document.type}


def _source(source: Source, opened: OpenAccess) -> dict[str, Any]:
    name = source.name
    if source.kind is EntryKind.SHARE and name is None and opened.share is not None:
        name = f"{opened.share.owner.hub_user}/{opened.share.server}"
    return {"kind": source.kind, "role": source.role, "id": source.id, "name": name}


def _restricted(restricted: Restricted | None) -> dict[str, Any] | None:
    if restricted is None:
        return None
    return {
        "until": restricted.until and restricted.until.isoformat(),
        "reason": restricted.reason,
        "by": restricted.by.hub_user,
        "at": restricted.at.isoformat(),
    }
