"""A room as it was at some moment: who was in it, what had been said and changed, and who could read each of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from xmpp_bridge.audit.event import Kind
from xmpp_bridge.audit.event import moment as as_text
from xmpp_bridge.audit.filters import EVERYTHING, Filters, Limits
from xmpp_bridge.audit.readership import Belonging, Readership
from xmpp_bridge.audit.reading import Kept, Reading

FATES: Final = {
    "correction": "corrected",
    "retraction": "retracted by its author",
    "moderation": "taken out by a moderator",
}
"""What may become of a message, by the action of the entry that says so."""


@dataclass(frozen=True)
class Fate:
    """What had become of a message by then, and which entry says so; `now` is what it said instead."""

    what: str
    position: int
    now: str | None


@dataclass(frozen=True)
class Seen:
    """An entry, with who could read the room right after it."""

    kept: Kept
    who: str
    about: str
    readers: Sequence[str]
    fates: Sequence[Fate]


@dataclass(frozen=True)
class RoomThen:
    """`seen` are the newest entries until then, newest first; `older` is below which there are more."""

    name: str
    people: Sequence[Belonging]
    documents: dict[str, str]
    seen: Sequence[Seen]
    older: int | None


async def room_then(
    reading: Reading,
    size: int,
    room: str,
    limits: Limits,
    moment: datetime | None,
    below: int | None,
    limit: int,
) -> RoomThen:
    """As of `moment`, or as it is in the tree of this size."""
    page = await reading.page(Filters(room=room, before=moment), limits, below, limit)
    ever = await _all(
        reading,
        size,
        [
            Filters(kind=Kind.ACCOUNT),
            *(
                Filters(kind=each, room=room)
                for each in (Kind.MEMBERSHIP, Kind.ROOM, Kind.DOCUMENT)
            ),
        ],
    )
    top = max((each.position for each in page), default=-1)
    until = "~" if moment is None else as_text(moment)
    # The record's order is what counts; clocks decide only about what came after all that is shown.
    changes = [each for each in ever if each.position <= top or each.entry["at"] < until]
    fates = await _fates(reading, size, room, moment, page)
    readership, seen = Readership(), {}
    waiting = iter(changes)
    change = next(waiting, None)
    for kept in sorted(page, key=lambda each: each.position):
        while change is not None and change.position <= kept.position:
            readership.take(change.entry, change.content)
            change = next(waiting, None)
        who, about = (readership.name(kept.entry[each]) for each in ("account", "about"))
        found = fates.get(kept.position, ())
        seen[kept.position] = Seen(kept, who, about, readership.of(room), found)
    while change is not None:
        readership.take(change.entry, change.content)
        change = next(waiting, None)
    return RoomThen(
        readership.title(room),
        readership.people(room),
        _documents(changes),
        [seen[each.position] for each in page],
        page[-1].position if len(page) == limit else None,
    )


async def _all(
    reading: Reading, size: int, wanted: Iterable[Filters], first: int = 0
) -> list[Kept]:
    """All that any of these finds, in their order: of whole rooms, but not of what was said or written there."""
    found: list[Kept] = []
    for filters in wanted:
        async for some in reading.stream(filters, EVERYTHING, first, size):
            found += some
    return sorted(found, key=lambda each: each.position)


async def _fates(
    reading: Reading, size: int, room: str, moment: datetime | None, page: Sequence[Kept]
) -> dict[int, list[Fate]]:
    """What had become of the messages of a page."""
    said = [each for each in page if each.entry["action"] == "message" and each.content]
    if not said:
        return {}
    places: dict[tuple[str, str], Kept] = {}
    for each in said:
        content = each.content or {}
        places["id", str(content.get("stanza_id"))] = each
        places["origin", f"{content.get('sender')} {content.get('origin')}"] = each
    wanted = [Filters(kind=Kind.CHAT, action=action, room=room, before=moment) for action in FATES]
    found: dict[int, list[Fate]] = {}
    for change in await _all(reading, size, wanted, min(each.position for each in said)):
        content, action = change.content or {}, change.entry["action"]
        message = places.get(_target(content))
        if message is None or message.content is None:
            continue
        # Only its author, or the service for a moderator, does anything to a message.
        if action == "moderation" or message.content.get("sender") == content.get("sender"):
            fate = Fate(FATES[action], change.position, content.get("body") or None)
            found.setdefault(message.position, []).append(fate)
    return found


def _target(content: dict[str, Any]) -> tuple[str, str]:
    if content.get("target"):
        return "id", str(content["target"])
    return "origin", f"{content.get('sender')} {content.get('original')}"


def _documents(changes: Iterable[Kept]) -> dict[str, str]:
    """What each document of the room was called."""
    names: dict[str, str] = {}
    for each in changes:
        if each.entry["kind"] != Kind.DOCUMENT:
            continue
        document = each.entry["document"]
        if each.entry["action"] == "removed":
            names.pop(document, None)
        elif (name := (each.content or {}).get("name")) is not None:
            names[document] = name
    return names
