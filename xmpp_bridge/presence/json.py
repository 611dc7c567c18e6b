"""People as JSON, the same from the service, a Jupyter server and in frames."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.presence.announcement import At, PersonNews
from xmpp_bridge.presence.condition import Seen


def person_json(person: PersonNews) -> dict[str, Any]:
    return {
        "username": person.hub_user,
        "display_name": person.display_name,
        "jid": person.jid,
        "show": person.show.value,
        "devices": [each.value for each in person.devices],
        "since": None if person.since is None else person.since.isoformat(timespec="seconds"),
        "rooms": list(person.rooms),
        "at": None if person.at is None else at_json(person.at),
    }


def seen_json(seen: Seen) -> dict[str, Any]:
    return {
        "show": seen.show.value,
        "devices": [each.value for each in seen.devices],
        "since": None if seen.idle_since is None else seen.idle_since.isoformat(timespec="seconds"),
    }


def at_json(at: At) -> dict[str, Any]:
    return {"document": at.document, "cell": at.cell, "number": at.number}
