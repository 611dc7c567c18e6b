"""How somebody is shown beside their cursor: made of what the hub says, the same in every lab."""

from __future__ import annotations

import hashlib
from typing import Any, Final

COLOURS: Final = 7
"""JupyterLab's themes have so many for collaborators."""


def shown(hub_user: str, display_name: str, role: str | None) -> dict[str, Any]:
    """An identity as jupyter-collaboration reads it, with what one may do in the room."""
    number = hashlib.sha256(hub_user.encode()).digest()[0] % COLOURS + 1
    words = display_name.split()
    ends = (words[0][0], words[-1][0] if len(words) > 1 else "") if words else ("?", "")
    return {
        "username": hub_user,
        "name": hub_user,
        "display_name": display_name,
        "initials": "".join(ends).upper(),
        "avatar_url": None,
        "color": f"var(--jp-collaborator-color{number})",
        "xmpp_role": role,
    }
