"""What people ask of the bridge in their own Jupyter server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from demo.rest import Rest

API = "xmpp-bridge/api/"


@dataclass(frozen=True)
class SharedNotebook:
    """A document of a room, as the person sees it who shared it."""

    room: str
    document: str


async def share(owner: Rest, path: str, room_name: str, roles: Mapping[str, str]) -> SharedNotebook:
    """Make a room, let people in, and share the owner's file at `path` in it."""
    bridge = owner.below(API)
    room = (await bridge.call("POST", "rooms", {"name": room_name}))["id"]
    for person, role in roles.items():
        await set_role(owner, room, person, role)
    shared = await bridge.call("POST", "documents", {"path": path, "room": room})
    return SharedNotebook(room, shared["document"])


async def set_role(owner: Rest, room: str, person: str, role: str) -> None:
    await owner.below(API).call("PUT", f"rooms/{room}/members/{quote(person)}", {"role": role})


async def join(member: Rest, notebook: SharedNotebook, path: str) -> None:
    """Link the member's own file at `path` to the document."""
    await member.below(API).call("POST", "documents", {"path": path, "document": notebook.document})


async def links(person: Rest) -> list[dict[str, Any]]:
    """The linked files of this person's server, and how each of them is."""
    found: list[dict[str, Any]] = (await person.below(API).call("GET", "documents"))["documents"]
    return found
