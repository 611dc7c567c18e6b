"""The paths about who is online, and their schemas."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.hub_service.openapi_operations import answer, needing, path, query, taking
from xmpp_bridge.hub_service.openapi_schemas import (
    MAYBE_MOMENT,
    TEXT,
    Schema,
    many,
    record,
    ref,
    said,
)
from xmpp_bridge.hub_service.scopes import ROOMS_READ
from xmpp_bridge.presence.condition import Choice, Device, Show

PRESENCE_PATHS: dict[str, Any] = {
    "/api/people": path(
        get=needing(
            ROOMS_READ,
            "Everybody of whom the caller may know, those with most rooms in common first",
            answer(200, record(people=many("Person"), total={"type": "integer"})),
            parameters=[
                query("q", said("What a name must hold")),
                query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}),
            ],
        )
    ),
    "/api/people/{hub_user}": path(
        "hub_user",
        get=needing(ROOMS_READ, "One of them; nobody else exists", answer(200, ref("Person"))),
    ),
    "/api/presence": path(
        get=needing(ROOMS_READ, "How the caller wants to be seen", answer(200, ref("Wishes"))),
        put=needing(
            ROOMS_READ,
            "Be seen like this from now on, everywhere",
            answer(200, ref("Wishes")),
            **taking(choice={"enum": [each.value for each in Choice]}),
        ),
    ),
    "/api/rooms/{room}/presence": path(
        "room",
        put=needing(
            ROOMS_READ,
            "Whether those in the room may know what the caller has open of it",
            answer(200, ref("Wishes")),
            **taking(tells_place={"type": "boolean"}),
        ),
    ),
}
PRESENCE_SCHEMAS: dict[str, Schema] = {
    "Person": record(
        username=said("Hub user name"),
        display_name=TEXT,
        jid=said("Bare"),
        show={"enum": [each.value for each in Show]},
        devices={"type": "array", "items": {"enum": [each.value for each in Device]}},
        since=said("Since when they do nothing, or are away", MAYBE_MOMENT),
        rooms=said("What the caller shares with them", many("Id")),
        at=said(
            "What they work on, if the caller may read it and they let it be known",
            {
                "anyOf": [
                    record(document=ref("Id"), cell=TEXT, number={"type": "integer"}),
                    {"type": "null"},
                ]
            },
        ),
    ),
    "Wishes": record(
        choice={"enum": [each.value for each in Choice]},
        tells_place=said(
            "By room", {"type": "object", "additionalProperties": {"type": "boolean"}}
        ),
    ),
}
