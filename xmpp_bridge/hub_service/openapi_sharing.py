"""The paths about who has access, and their schemas."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.hub_service.openapi_operations import (
    GONE,
    Operation,
    answer,
    needing,
    open_to_all,
    path,
    query,
    taking,
    taking_some,
)
from xmpp_bridge.hub_service.openapi_schemas import (
    MAYBE,
    MAYBE_MOMENT,
    MOMENT,
    TEXT,
    Schema,
    many,
    record,
    ref,
    said,
)
from xmpp_bridge.hub_service.scopes import ROOMS_READ, ROOMS_WRITE
from xmpp_bridge.rooms.entry import EntryKind
from xmpp_bridge.rooms.links import LinkState
from xmpp_bridge.rooms.oversight_store import Quota
from xmpp_bridge.rooms.parting import LeaversFiles

COUNT: Schema = {"type": "integer", "minimum": 0}
MAYBE_COUNT: Schema = {"type": ["integer", "null"], "minimum": 1}
MAYBE_RECORD: Schema = {"type": ["object", "null"]}


def _restricting(what: str) -> dict[str, Operation]:
    return {
        "put": needing(
            ROOMS_WRITE,
            f"{what}, for so many minutes or until it is lifted; for owners",
            answer(200, ref("Access")),
            **taking_some(reason=TEXT, minutes=MAYBE_COUNT),
        ),
        "delete": needing(ROOMS_WRITE, "Lift it; for owners", GONE),
    }


SHARING_PATHS: dict[str, Any] = {
    "/api/rooms/{room}/access": path(
        "room",
        get=needing(
            ROOMS_READ,
            "Who is in, as what, and why; links and bans for owners only",
            answer(200, ref("Access")),
        ),
    ),
    "/api/rooms/{room}/groups/{group}": path(
        "room",
        "group",
        put=needing(
            ROOMS_WRITE,
            "Let a hub group in, who is in it later too, or change its role; for owners. Without a role,"
            " as what the group's properties in the hub say",
            answer(200, ref("Access")),
            **taking_some(role=ref("Role")),
        ),
        delete=needing(ROOMS_WRITE, "Take the group out; for owners", GONE),
    ),
    "/api/rooms/{room}/links": path(
        "room",
        post=needing(
            ROOMS_WRITE,
            "Make a link by which people come in; for owners. Only the role is needed, and for a hub group"
            " not even that: what is left out is as the group's properties in the hub say",
            answer(201, ref("Link")),
            **taking_some(
                role=ref("Role"),
                label=TEXT,
                group=MAYBE,
                document=MAYBE,
                most_uses=MAYBE_COUNT,
                expires_in_minutes=MAYBE_COUNT,
            ),
        ),
    ),
    "/api/rooms/{room}/links/{link}": path(
        "room",
        "link",
        delete=needing(
            ROOMS_WRITE,
            "Let nobody in by it any more; for owners",
            GONE,
            parameters=[query("people", {"enum": ["keep", "remove"], "default": "keep"})],
        ),
    ),
    "/api/rooms/{room}/bans/{hub_user}": path(
        "room", "hub_user", **_restricting("Let somebody in for no reason at all")
    ),
    "/api/rooms/{room}/mutes/{hub_user}": path(
        "room", "hub_user", **_restricting("Keep somebody out of the chat's MUC room")
    ),
    "/api/rooms/{room}/owner": path(
        "room",
        put=needing(
            ROOMS_WRITE,
            "Give the room to another member; the caller becomes an editor",
            answer(200, ref("Access")),
            **taking(hub_user=TEXT),
        ),
    ),
    "/api/rooms/{room}/heir": path(
        "room",
        put=needing(
            ROOMS_WRITE,
            "Say whose the room will be when its last owner has left the hub; for owners",
            answer(200, ref("Access")),
            **taking(hub_user=MAYBE),
        ),
    ),
    "/api/rooms/{room}/leavers": path(
        "room",
        put=needing(
            ROOMS_WRITE,
            "Say whether whoever is taken out from now on keeps the files on their own server; for owners",
            answer(200, ref("Access")),
            **taking(files=ref("LeaversFiles")),
        ),
    ),
    "/api/partings": path(
        get=needing(
            ROOMS_READ,
            "What the caller was taken out of where the owners have chosen that the files go:"
            " the caller's Jupyter server puts them aside",
            answer(200, ref("Partings")),
        ),
    ),
    "/api/rooms/{room}/hub-share": path(
        "room",
        put=needing(
            ROOMS_WRITE,
            "Let in whom the caller shares this server with in the hub, by a scope of ours; for owners",
            answer(200, ref("Access")),
            **taking(server=TEXT),
        ),
        delete=needing(ROOMS_WRITE, "Take out again whom only such a share let in", GONE),
    ),
    "/api/documents/{document}/lock": path(
        "document",
        put=needing(
            ROOMS_WRITE,
            "Let nobody type, owners neither; for owners",
            answer(200, ref("Document")),
            **taking_some(reason=TEXT),
        ),
        delete=needing(ROOMS_WRITE, "Let people type again; for owners", GONE),
    ),
    "/api/join/{token}": path(
        "token",
        get=needing(
            ROOMS_READ, "Where a link leads; no use is counted", answer(200, ref("OpenLink"))
        ),
        post=needing(ROOMS_WRITE, "Come in by a link", answer(200, ref("OpenLink"))),
    ),
    "/api/invitations": path(
        get=needing(
            ROOMS_READ,
            "Rooms into which somebody has let the caller, who has not seen it yet",
            answer(200, record(invitations=many("Invitation"))),
        )
    ),
    "/api/invitations/{room}": path(
        "room", delete=needing(ROOMS_WRITE, "The caller has seen that they are in", GONE)
    ),
    "/api/directory": path(
        get=needing(
            ROOMS_READ,
            "People and groups called like this that the caller may see",
            answer(200, ref("Directory")),
            parameters=[query("q", TEXT), query("room", ref("Id"))],
        )
    ),
    "/api/groups/{group}": path(
        "group",
        get=needing(
            ROOMS_READ,
            "How a hub group is shared with unless one says, by its properties in the hub",
            answer(200, ref("GroupDefaults")),
        ),
    ),
    "/api/admin/rooms": path(
        get=needing(
            ROOMS_READ,
            "All rooms, by name, id or owner; for admins of the hub, not for their Jupyter servers",
            answer(200, ref("Listing")),
            parameters=[query("q", TEXT), query("offset", COUNT), query("limit", COUNT)],
        )
    ),
    "/api/admin/rooms/{room}": path(
        "room", delete=needing(ROOMS_WRITE, "Close any room; for admins of the hub", GONE)
    ),
    "/api/admin/rooms/{room}/owner": path(
        "room",
        put=needing(
            ROOMS_WRITE,
            "Give any room one more owner; for admins of the hub",
            answer(200, ref("Overview")),
            **taking(hub_user=TEXT),
        ),
    ),
    "/api/admin/quotas": path(
        put=needing(
            ROOMS_WRITE,
            "Say how much there may be; for admins of the hub",
            answer(200, ref("Quotas")),
            **taking_some(**{quota.value: MAYBE_COUNT for quota in Quota}),
        )
    ),
    "/api/nudge": path(
        post={
            **open_to_all("Something has changed in the hub", answer(202, {"type": "object"})),
            "description": "For the hub's own process, which shows the service's own token. Names only: the service"
            " asks the hub itself what has become of them.",
            **taking_some(
                users={"type": "array", "items": TEXT},
                groups={"type": "array", "items": TEXT},
                shares={"type": "boolean"},
                all={"type": "boolean"},
            ),
        }
    ),
}

SHARING_PARAMETERS: dict[str, Any] = {
    name: {"name": name, "in": "path", "required": True, "schema": TEXT, "description": what}
    for name, what in (
        ("group", "A hub group's name, percent-encoded"),
        ("link", "Which link; not what stands in its address"),
        ("token", "What stands in a link's address"),
    )
}

_PERSON = {"hub_user": TEXT, "display_name": TEXT}
_RESTRICTED = {"until": MAYBE_MOMENT, "reason": TEXT, "by": TEXT, "at": MOMENT}
_ROOM = record(id=ref("Id"), name=TEXT)

SHARING_SCHEMAS: dict[str, Schema] = {
    "Lock": record(by=TEXT, at=MOMENT, reason=TEXT),
    "Source": record(
        kind={"enum": [kind.value for kind in EntryKind]},
        role=ref("Role"),
        id=said("Of a link", MAYBE),
        name=said("Of a group, a link or a shared server", MAYBE),
    ),
    "Access": record(
        room=record(
            id=ref("Id"),
            name=TEXT,
            role=ref("Role"),
            heir=MAYBE,
            leavers_files=ref("LeaversFiles"),
            hub_share=MAYBE_RECORD,
        ),
        people={
            "type": "array",
            "items": record(
                **_PERSON, jid=TEXT, role=ref("Role"), sources=many("Source"), muted=MAYBE_RECORD
            ),
        },
        groups={"type": "array", "items": record(name=TEXT, role=ref("Role"), people=COUNT)},
        links=many("Link"),
        banned={"type": "array", "items": record(**_PERSON, **_RESTRICTED)},
    ),
    "Link": record(
        id=ref("Id"),
        label=TEXT,
        role=ref("Role"),
        audience={"enum": ["hub", "group"]},
        group=MAYBE,
        document=said("What opens for whoever comes", MAYBE),
        expires_at=MAYBE_MOMENT,
        uses=COUNT,
        most_uses=MAYBE_COUNT,
        created_by=TEXT,
        created_at=MOMENT,
        revoked_at=MAYBE_MOMENT,
        state={"enum": [state.value for state in LinkState]},
        url=said("As long as it is open; a path where the service's host is not configured", MAYBE),
    ),
    "OpenLink": record(
        room=_ROOM,
        role=ref("Role"),
        by=record(**_PERSON),
        document=MAYBE_RECORD,
        joined=said("Whether the caller is in", {"type": "boolean"}),
    ),
    "Invitation": record(
        room=_ROOM,
        role=ref("Role"),
        by=record(**_PERSON),
        at=MOMENT,
        documents={
            "type": "array",
            "items": record(id=ref("Id"), name=TEXT, type=ref("DocumentType")),
        },
    ),
    "Directory": record(
        people={
            "type": "array",
            "items": record(**_PERSON, role=said("What they are in the room", MAYBE)),
        },
        groups={"type": "array", "items": record(name=TEXT, people=COUNT, role=MAYBE)},
    ),
    "LeaversFiles": {"enum": [files.value for files in LeaversFiles]},
    "Partings": record(
        partings={
            "type": "array",
            "items": record(document=ref("Id"), name=TEXT, room=said("Its name", TEXT)),
        }
    ),
    "GroupDefaults": record(
        name=TEXT, role=said("A role, if any", MAYBE), link_minutes=MAYBE_COUNT
    ),
    "Overview": record(
        id=ref("Id"),
        name=TEXT,
        created_at=MOMENT,
        owners={"type": "array", "items": TEXT},
        people=COUNT,
        documents=COUNT,
        bytes=COUNT,
    ),
    "Quotas": record(**{quota.value: MAYBE_COUNT for quota in Quota}),
    "Listing": record(rooms=many("Overview"), total=COUNT, quotas=ref("Quotas")),
}
