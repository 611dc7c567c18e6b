"""Which paths of the hub service a browser reaches through its own Jupyter server."""

from __future__ import annotations

from typing import Final

SHARED_PATHS: Final = {
    "me": ("GET",),
    "rooms/{room}": ("GET", "PATCH", "DELETE"),
    "rooms/{room}/access": ("GET",),
    "rooms/{room}/groups/{group}": ("PUT", "DELETE"),
    "rooms/{room}/links": ("POST",),
    "rooms/{room}/links/{link}": ("DELETE",),
    "rooms/{room}/bans/{hub_user}": ("PUT", "DELETE"),
    "rooms/{room}/mutes/{hub_user}": ("PUT", "DELETE"),
    "rooms/{room}/owner": ("PUT",),
    "rooms/{room}/heir": ("PUT",),
    "rooms/{room}/leavers": ("PUT",),
    "rooms/{room}/hub-share": ("PUT", "DELETE"),
    "documents/{document}/lock": ("PUT", "DELETE"),
    "documents/{document}/time-line": ("GET",),
    "documents/{document}/time-line/{moment}": ("GET",),
    "join/{token}": ("GET", "POST"),
    "invitations": ("GET",),
    "invitations/{room}": ("DELETE",),
    "directory": ("GET",),
    "groups/{group}": ("GET",),
}
"""What passes, and nothing else: the service's own documentation says what each takes and gives."""
