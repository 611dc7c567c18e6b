"""The hub's scopes that this service defines, asks for, and checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

ROOMS_READ = "custom:xmpp-bridge:rooms:read"
ROOMS_WRITE = "custom:xmpp-bridge:rooms:write"
CREDENTIALS = "custom:xmpp-bridge:credentials"
APP_PASSWORDS = "custom:xmpp-bridge:app-passwords"
ROOM_VIEW = "custom:xmpp-bridge:room:view"
ROOM_EDIT = "custom:xmpp-bridge:room:edit"
AUDIT = "custom:xmpp-bridge:audit"
METRICS = "read:metrics"  # The hub's own: whoever may scrape the hub may scrape us.

CUSTOM_SCOPES: Mapping[str, Mapping[str, Any]] = {
    ROOMS_READ: {"description": "See the rooms and documents that are shared with me"},
    ROOMS_WRITE: {
        "description": "Create rooms, share documents and say who may do what in my rooms",
        "subscopes": [ROOMS_READ],
    },
    CREDENTIALS: {"description": "Let my Jupyter server log in to the XMPP server as me"},
    APP_PASSWORDS: {"description": "Make and revoke app passwords for my XMPP clients"},
    # Given away in hub shares, each for one server of somebody's; they open a room, never that server.
    ROOM_VIEW: {"description": "Read the rooms that are shared along with a server"},
    ROOM_EDIT: {
        "description": "Write in the rooms that are shared along with a server",
        "subscopes": [ROOM_VIEW],
    },
    AUDIT: {"description": "Read what everybody has said and changed; that is recorded, too"},
}

SERVICE_SCOPES = (
    "list:users",
    "read:users",
    "read:servers",
    "read:roles:users",
    "list:groups",
    "read:groups",
    "read:shares",
)
"""What the service reads from the hub: who somebody is, whether they are blocked, what runs, groups and shares."""


def user_scopes(service: str) -> tuple[str, ...]:
    """What every hub user may do with the service; the last they may also give away, for servers of their own."""
    return (access(service), ROOMS_WRITE, CREDENTIALS, APP_PASSWORDS, f"{ROOM_EDIT}!user")


def server_token_scopes(service: str) -> tuple[str, ...]:
    """What a Jupyter server's own token needs; the hub gives at most what its owner holds.

    The scope for the server itself is how the service tells such a token from any other. It makes no app passwords:
    these outlive the server, and whatever runs in a notebook has its token.
    """
    return ("access:servers!server", access(service), ROOMS_WRITE, CREDENTIALS)


def browser_scopes() -> tuple[str, ...]:
    """What a browser session may do, if its owner may: never mint a credential."""
    return (ROOMS_WRITE, APP_PASSWORDS, AUDIT)


def access(service: str) -> str:
    return f"access:services!service={service}"


def may_audit(scopes: Collection[str]) -> bool:
    """Whether somebody with these is an auditor of anything: what they may see is decided anew each time."""
    return any(scope == AUDIT or scope.startswith(f"{AUDIT}!group=") for scope in scopes)
