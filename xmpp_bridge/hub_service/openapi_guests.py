"""The paths about guests of other servers."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.hub_service.openapi_operations import GONE, answer, needing, path
from xmpp_bridge.hub_service.openapi_schemas import TEXT, record
from xmpp_bridge.hub_service.scopes import ROOMS_READ, ROOMS_WRITE

GUEST_PATHS: dict[str, Any] = {
    "/api/rooms/{room}/guests": path(
        "room",
        get=needing(
            ROOMS_READ,
            "Who of other servers is a guest in the room's chat, by JID",
            answer(200, record(guests={"type": "array", "items": TEXT})),
        ),
    ),
    "/api/rooms/{room}/guests/{jid}": path(
        "room",
        "jid",
        put=needing(
            ROOMS_WRITE,
            "Let somebody of another server into the room's chat; for owners, and only from the servers that"
            " an administrator has chosen",
            GONE,
        ),
        delete=needing(ROOMS_WRITE, "Take a guest out; for owners", GONE),
    ),
}
