"""The hub's scopes that this service defines, asks for, and checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ROOMS_READ = "custom:xmpp-bridge:rooms:read"
ROOMS_WRITE = "custom:xmpp-bridge:rooms:write"
CREDENTIALS = "custom:xmpp-bridge:credentials"
METRICS = "read:metrics"  # The hub's own: whoever may scrape the hub may scrape us.

CUSTOM_SCOPES: Mapping[str, Mapping[str, Any]] = {
    ROOMS_READ: {"description": "See the rooms and documents that are shared with me"},
    ROOMS_WRITE: {
        "description": "Create rooms, share documents and say who may do what in my rooms",
        "subscopes": [ROOMS_READ],
    },
    CREDENTIALS: {"description": "Let my Jupyter server log in to the XMPP server as me"},
}

SERVICE_SCOPES = ("list:users", "read:users", "read:servers", "read:roles:users")
"""What the service reads from the hub: who somebody is, whether they are blocked, what runs."""


def user_scopes(service: str) -> tuple[str, ...]:
    """What every hub user may do with the service."""
    return (access(service), ROOMS_WRITE, CREDENTIALS)


def server_token_scopes(service: str) -> tuple[str, ...]:
    """What a Jupyter server's own token needs; the hub gives at most what its owner holds.

    The scope for the server itself is how the service tells such a token from any other.
    """
    return ("access:servers!server", *user_scopes(service))


def browser_scopes() -> tuple[str, ...]:
    """What a browser session may do: never mint a credential."""
    return (ROOMS_WRITE,)


def access(service: str) -> str:
    return f"access:services!service={service}"
