"""What rooms say, as values; all text in them is what somebody wrote, and no markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xmpp_bridge.xmpp.errors import BadPayloadError


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a room; `username` is None for whom the hub does not know."""

    username: str | None
    display_name: str
    jid: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is now; `id` is what the room calls it (XEP-0359), and grows with time."""

    id: str
    room: str
    time: datetime
    sender: Person
    mine: bool
    """Said by whom this program acts for."""
    body: str
    reply_to: str | None
    """The id of the message that this one answers."""
    mentions: tuple[str, ...]
    """Hub user names."""
    edited: datetime | None
    retracted: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that a search found."""

    message: Message
    snippet: str
    """The part of it that fits, without marks."""


@dataclass(frozen=True, slots=True)
class Document:
    """A shared file of the server, as it stands now (docs/status.md)."""

    id: str
    room: str
    name: str
    path: str | None
    """None while its file is missing."""
    role: str
    status: str
    """saved, waiting, reconnecting, opening, file-missing or refused."""
    waiting_edits: int
    waiting_bytes: int
    reason: str | None
    """What is in the way."""


@dataclass(frozen=True, slots=True)
class Presence:
    """How somebody is there, as far as one may know."""

    person: Person
    show: str
    """available, away, dnd or xa (not there)."""
    devices: tuple[str, ...]
    """lab, phone, other."""
    since: datetime | None
    """Since when they do nothing, or are away."""
    rooms: tuple[str, ...]
    """The ids of the rooms that one shares with them."""
    document: str | None
    """What they work on, if one may read it."""
    cell: int | None
    """And in which cell of it, counted from 1."""


def read_presence(raw: Any) -> Presence:
    """Parse somebody's presence of a frame, or raise `BadPayloadError`."""
    try:
        at = raw["at"]
        return Presence(
            read_person(raw),
            str(raw["show"]),
            tuple(map(str, raw["devices"])),
            raw["since"] and datetime.fromisoformat(raw["since"]),
            tuple(map(str, raw["rooms"])),
            at and str(at["document"]),
            at and (int(at["number"]) or None),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadPayloadError("this is not somebody's presence") from error


def read_document(raw: Any) -> Document:
    """Parse a document of a frame, or raise `BadPayloadError`."""
    try:
        return Document(
            id=str(raw["document"]),
            room=str(raw["room"]),
            name=str(raw["name"]),
            path=raw["path"] and str(raw["path"]),
            role=str(raw["role"]),
            status=str(raw["status"]),
            waiting_edits=int(raw["waiting_edits"]),
            waiting_bytes=int(raw["waiting_bytes"]),
            reason=raw["trouble"] and str(raw["trouble"]["reason"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadPayloadError("this is not a document") from error


def read_message(raw: Any) -> Message:
    """Parse a message of a frame, or raise `BadPayloadError`."""
    try:
        sender, quote = raw["sender"], raw["reply_to"]
        return Message(
            id=str(raw["id"]),
            room=str(raw["room"]),
            time=datetime.fromisoformat(raw["time"]),
            sender=read_person(sender),
            mine=bool(sender["me"]),
            body=str(raw["body"]),
            reply_to=quote and str(quote["id"]),
            mentions=tuple(map(str, raw["mentions"])),
            edited=raw["edited"] and datetime.fromisoformat(raw["edited"]),
            retracted=raw["retracted"] is not None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadPayloadError("this is not a message") from error


def read_person(raw: Mapping[str, Any]) -> Person:
    """Parse somebody of a frame."""
    username = raw["username"]
    return Person(
        None if username is None else str(username), str(raw["display_name"]), str(raw["jid"])
    )


def read_hit(raw: Any) -> Hit:
    """Parse what was found."""
    try:
        snippet = "".join(str(part["text"]) for part in raw["snippet"])
        return Hit(read_message(raw["message"]), snippet)
    except (KeyError, TypeError) as error:
        raise BadPayloadError("this is not what was found") from error
