"""Who is there and how, as stanzas; the only file that knows their XML (docs/protocol-presence.md)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from xmpp_bridge.presence.condition import Choice, Condition, Device, Show
from xmpp_bridge.rooms.identifiers import DocumentId, read_document_id
from xmpp_bridge.xmpp.errors import BadPayloadError

PRESENCE: Final = "urn:xmpp-bridge:presence:0"
UPDATE: Final = "vcard-temp:x:update"  # XEP-0153
IDLE: Final = "urn:xmpp:idle:1"
CAPS: Final = "http://jabber.org/protocol/caps"
MOST_PEOPLE: Final = 200
"""In one stanza."""
_MAX_TEXT: Final = 1020
_CELL = re.compile(r"[\w.-]{1,64}", re.ASCII)
_SHOWS = {"away": Show.AWAY, "xa": Show.ABSENT, "dnd": Show.DND}


@dataclass(frozen=True, slots=True)
class At:
    """Where somebody works: a cell of a shared notebook, counted from 1; 0 for a text file."""

    document: DocumentId
    cell: str
    number: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a Jupyter server tells the service, and nobody else."""

    at: At | None
    watches: bool
    """Whether a browser is open that shows other people."""


@dataclass(frozen=True, slots=True)
class PersonNews:
    """One person as the service tells of them to somebody who may know."""

    hub_user: str
    display_name: str
    jid: str
    show: Show
    devices: tuple[Device, ...]
    since: datetime | None
    rooms: tuple[str, ...]
    """Which rooms the two have in common."""
    at: At | None


@dataclass(frozen=True, slots=True)
class Ask:
    """The service has forgotten, and wants to be told again."""


@dataclass(frozen=True, slots=True)
class PeopleNews:
    """Who has changed; `whole` begins a list of everybody, and nobody else is known."""

    whole: bool
    people: tuple[PersonNews, ...]
    gone: tuple[str, ...] = ()
    """Hub users of whom nothing is to be known any more."""
    choice: Choice | None = None
    """How whoever is told wants to be seen, if that may be news."""


def condition_to_xml(condition: Condition, namespace: str) -> Iterator[ET.Element]:
    """What goes into a presence; a priority below a phone's, which then speaks for a nick that both have."""
    if condition.show is not Show.AVAILABLE:
        show = ET.Element(f"{{{namespace}}}show")
        show.text = condition.show.value
        yield show
    priority = ET.Element(f"{{{namespace}}}priority")
    priority.text = "-1"
    yield priority
    if condition.idle_since is not None:
        yield ET.Element(f"{{{IDLE}}}idle", {"since": _stamp(condition.idle_since)})
    if condition.device is Device.LAB:
        yield ET.Element(f"{{{PRESENCE}}}lab")
    if condition.picture:
        update = ET.Element(f"{{{UPDATE}}}x")
        ET.SubElement(update, f"{{{UPDATE}}}photo").text = condition.picture
        yield update


def read_condition(presence: ET.Element, device: Device = Device.OTHER) -> Condition:
    """What a presence says; what cannot be read of it was not said. `device` is of one that is no lab of ours."""
    show = Show.AVAILABLE
    idle_since = None
    for child in presence:
        if child.tag.endswith("}show"):
            show = _SHOWS.get((child.text or "").strip(), Show.AVAILABLE)
        elif child.tag == f"{{{IDLE}}}idle":
            idle_since = _moment(child.get("since"))
        elif child.tag == f"{{{PRESENCE}}}lab":
            device = Device.LAB
    return Condition(show, device, idle_since)


def read_caps(presence: ET.Element) -> tuple[str, str, str] | None:
    """Hash, node and version of what a client can do (XEP-0115), if its presence names them."""
    caps = presence.find(f"{{{CAPS}}}c")
    if caps is None:
        return None
    named = tuple(caps.get(name, "") for name in ("hash", "node", "ver"))
    if not all(0 < len(each) <= _MAX_TEXT for each in named):
        return None
    return named[0], named[1], named[2]


def announcement_to_xml(announcement: Announcement) -> ET.Element:
    element = ET.Element(
        f"{{{PRESENCE}}}here", {"watches": "true" if announcement.watches else "false"}
    )
    if announcement.at is not None:
        element.append(_at_to_xml(announcement.at))
    return element


def read_announcement(presence: Iterable[ET.Element]) -> Announcement | None:
    """What a Jupyter server says in its presence to the service, or raise `BadPayloadError`; None from anybody else."""
    found = next((each for each in presence if each.tag == f"{{{PRESENCE}}}here"), None)
    if found is None:
        return None
    return Announcement(_read_at(found), found.get("watches") == "true")


def news_to_xml(news: PeopleNews | Ask) -> ET.Element:
    if isinstance(news, Ask):
        return ET.Element(f"{{{PRESENCE}}}ask")
    element = ET.Element(f"{{{PRESENCE}}}people", {"whole": "true"} if news.whole else {})
    if news.choice is not None:
        element.set("choice", news.choice.value)
    element.extend(_person_to_xml(each) for each in news.people)
    element.extend(ET.Element(f"{{{PRESENCE}}}gone", {"name": each}) for each in news.gone)
    return element


def read_news(message: Iterable[ET.Element]) -> PeopleNews | Ask | None:
    """What the service says of people, or raise `BadPayloadError`."""
    for child in message:
        if child.tag == f"{{{PRESENCE}}}ask":
            return Ask()
        if child.tag == f"{{{PRESENCE}}}people":
            people = tuple(map(_read_person, child.iterfind(f"{{{PRESENCE}}}person")))
            gone = tuple(_text(each, "name") for each in child.iterfind(f"{{{PRESENCE}}}gone"))
            if len(people) + len(gone) > MOST_PEOPLE:
                raise BadPayloadError("a stanza tells of too many people")
            return PeopleNews(child.get("whole") == "true", people, gone, _read_choice(child))
    return None


def _read_choice(element: ET.Element) -> Choice | None:
    text = element.get("choice")
    try:
        return None if text is None else Choice(text)
    except ValueError:
        raise BadPayloadError("nobody is seen like that") from None


def _person_to_xml(person: PersonNews) -> ET.Element:
    element = ET.Element(
        f"{{{PRESENCE}}}person",
        {
            "name": person.hub_user,
            "display-name": person.display_name,
            "jid": person.jid,
            "show": person.show.value,
        },
    )
    if person.devices:
        element.set("devices", " ".join(person.devices))
    if person.since is not None:
        element.set("since", _stamp(person.since))
    if person.rooms:
        element.set("rooms", " ".join(person.rooms))
    if person.at is not None:
        element.append(_at_to_xml(person.at))
    return element


def _read_person(element: ET.Element) -> PersonNews:
    try:
        show = Show(element.get("show", ""))
        devices = tuple(map(Device, element.get("devices", "").split()))
    except ValueError:
        raise BadPayloadError("nobody is there like that") from None
    return PersonNews(
        _text(element, "name"),
        _text(element, "display-name"),
        _text(element, "jid"),
        show,
        devices,
        _moment(element.get("since")),
        tuple(element.get("rooms", "").split()),
        _read_at(element),
    )


def _at_to_xml(at: At) -> ET.Element:
    where = {"document": at.document, "number": str(at.number)}
    return ET.Element(f"{{{PRESENCE}}}at", where | ({"cell": at.cell} if at.cell else {}))


def _read_at(element: ET.Element) -> At | None:
    found = element.find(f"{{{PRESENCE}}}at")
    if found is None:
        return None
    return read_at(found.get("document"), found.get("cell", ""), found.get("number"))


def read_at(document: object, cell: object, number: object) -> At:
    """A place in a document as somebody names it, or raise `BadPayloadError`."""
    text = str(number)
    if not isinstance(document, str) or not isinstance(cell, str):
        raise BadPayloadError("a place is a document and a cell")
    if not (text.isdecimal() and text.isascii() and len(text) <= 7):  # noqa: PLR2004
        raise BadPayloadError("cells are counted from 1")
    if cell and not _CELL.fullmatch(cell):
        raise BadPayloadError("a cell has an id as nbformat has them")
    return At(read_document_id(document), cell, int(text))


def _text(element: ET.Element, name: str) -> str:
    value = element.get(name, "")
    if not 0 < len(value) <= _MAX_TEXT:
        raise BadPayloadError(f"{name} is a text")
    return value


def _stamp(moment: datetime) -> str:
    """XEP-0082."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
