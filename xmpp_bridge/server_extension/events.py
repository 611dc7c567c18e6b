"""What happens to what is shared, as events of jupyter_events, for whoever configures a handler."""

from __future__ import annotations

from typing import Any, Final, Literal

from jupyter_events import EventLogger

SCHEMA_ID: Final = "urn:xmpp-bridge:sharing:1"
SCHEMA: Final[dict[str, Any]] = {
    "$schema": "http://json-schema.org/draft-07/schema",
    "$id": SCHEMA_ID,
    "version": "1",
    "title": "Sharing",
    "personal-data": True,
    "description": "Somebody shares a file, joins a document, leaves one, or takes somebody out of a room.",
    "type": "object",
    "required": ["action", "hub_user"],
    "additionalProperties": False,
    "properties": {
        "action": {"enum": ["share", "join", "leave", "revoke"]},
        "hub_user": {"type": "string", "description": "Who did it: the owner of this server."},
        "room": {"type": "string", "description": "The id of the room."},
        "document": {"type": "string", "description": "The id of the document."},
        "path": {"type": "string", "description": "Where its file is on this server."},
        "role": {
            "enum": ["owner", "editor", "viewer"],
            "description": "What the owner of this server may do with the document.",
        },
        "person": {"type": "string", "description": "Who was taken out, by hub user name."},
    },
}


def emit(
    logger: EventLogger,
    action: Literal["share", "join", "leave", "revoke"],
    hub_user: str,
    **more: str | None,
) -> None:
    """Tell of it; what is not known is left out."""
    told = {name: value for name, value in more.items() if value is not None}
    logger.emit(schema_id=SCHEMA_ID, data={"action": action, "hub_user": hub_user, **told})
