"""The owner's rooms among the bookmarks of their account, so that every client finds them by itself, without I/O.

XEP-0402 is what clients use now, XEP-0048 what older ones read. Bookmarks belong to people: what they have taken out or
renamed stays so, and a room which is none of ours is left alone.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from xmpp_bridge.xmpp.errors import BadPayloadError

NATIVE: Final = "urn:xmpp:bookmarks:1"  # XEP-0402
STORAGE: Final = "storage:bookmarks"  # XEP-0048, in XEP-0049


@dataclass(frozen=True)
class Bookmark:
    """A room that a client shows, and enters when it starts if `autojoin`."""

    room: str
    name: str
    nick: str
    autojoin: bool = True


@dataclass(frozen=True)
class Changes:
    """What to do to a list of bookmarks, and what to remember of it: the names that we gave, by room."""

    put: tuple[Bookmark, ...]
    remove: tuple[str, ...]
    given: Mapping[str, str]


def changes(
    wanted: Mapping[str, Bookmark], there: Mapping[str, Bookmark], given: Mapping[str, str]
) -> Changes:
    """Bring the owner's rooms into a list. `given` are the names that we gave before, by room.

    A room that we put there and that is there no more was taken out by its owner. One that has another name than we
    gave was renamed by them. Whatever else they changed stays in every case.
    """
    put = []
    for room, bookmark in wanted.items():
        kept = there.get(room)
        if kept is None and room not in given:
            put.append(bookmark)
        elif kept is not None and kept.name == given.get(room) != bookmark.name:
            put.append(replace(kept, name=bookmark.name))
    left = given.keys() - wanted.keys()
    names = {room: given[room] for room in given if room in wanted}
    names |= {each.room: each.name for each in put}
    return Changes(tuple(put), tuple(sorted(left & there.keys())), names)


# -- XEP-0402: an item for each room, called like it ------------------------------------------------------


def conference_to_xml(bookmark: Bookmark, kept: ET.Element | None) -> ET.Element:
    """The payload of a room's item; what others keep in its `extensions` stays (section 3.3)."""
    conference = ET.Element(f"{{{NATIVE}}}conference", name=bookmark.name)
    conference.set("autojoin", "true" if bookmark.autojoin else "false")
    if bookmark.nick:
        ET.SubElement(conference, f"{{{NATIVE}}}nick").text = bookmark.nick
    extensions = None if kept is None else kept.find(f".//{{{NATIVE}}}extensions")
    if extensions is not None:
        conference.append(extensions)
    return conference


def read_conference(item: ET.Element) -> Bookmark:
    """Parse an item, of whatever pubsub namespace."""
    conference = item.find(f"{{{NATIVE}}}conference")
    if conference is None:
        raise BadPayloadError("the item is no bookmark")
    return _read(item.get("id", ""), conference, NATIVE)


# -- XEP-0048: one list of all ------------------------------------------------------------------------------


def read_storage(storage: ET.Element) -> dict[str, Bookmark]:
    """The rooms of an older client's list; what is none is passed over."""
    found = {}
    for conference in storage.iterfind(f"{{{STORAGE}}}conference"):
        room = conference.get("jid", "")
        if room:
            found[room] = _read(room, conference, STORAGE)
    return found


def changed_storage(storage: ET.Element, changed: Changes) -> ET.Element:
    """The list with the changes made; everything else in it stays as it is."""
    new = ET.Element(f"{{{STORAGE}}}storage")
    put = {each.room: each for each in changed.put}
    for child in storage:
        room = child.get("jid", "") if child.tag == f"{{{STORAGE}}}conference" else ""
        if room in changed.remove:
            continue
        if room in put:
            child.set("name", put.pop(room).name)
        new.append(child)
    for bookmark in put.values():
        conference = ET.SubElement(
            new, f"{{{STORAGE}}}conference", jid=bookmark.room, name=bookmark.name
        )
        conference.set("autojoin", "true" if bookmark.autojoin else "false")
        ET.SubElement(conference, f"{{{STORAGE}}}nick").text = bookmark.nick
    return new


def _read(room: str, conference: ET.Element, namespace: str) -> Bookmark:
    if not room:
        raise BadPayloadError("a bookmark names a room")
    return Bookmark(
        room,
        conference.get("name", ""),
        conference.findtext(f"{{{namespace}}}nick") or "",
        conference.get("autojoin") in ("true", "1"),
    )
