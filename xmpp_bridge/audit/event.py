"""What happens and is recorded; without I/O."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from json.encoder import encode_basestring as _quoted
from typing import Any, Final, NamedTuple

from xmpp_bridge.audit.canonical import canonical

SALT_BYTES: Final = 16


class Kind(StrEnum):
    """What an entry of the record is about."""

    CHAT = "chat"
    UPLOAD = "upload"
    EDIT = "edit"
    DOCUMENT = "document"
    ROOM = "room"
    MEMBERSHIP = "membership"
    LINK = "link"
    ACCOUNT = "account"
    CREDENTIAL = "credential"
    APP_PASSWORD = "app-password"  # noqa: S105 - it is a kind of entry
    LOGIN = "login"
    KICK = "kick"
    SETTING = "setting"
    AUDIT = "audit"
    DESTRUCTION = "destruction"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that somebody did, `about` somebody else if it was; accounts are numbers, whose names are entries.

    Without `at` it is as of when it is written down. `content` can be destroyed later; of `blob` it holds the hash.
    `words` are what it is found by.
    """

    kind: Kind
    action: str
    at: datetime | None = None
    account: int | None = None
    about: int | None = None
    room: str | None = None
    document: str | None = None
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    blob: bytes | None = field(default=None, repr=False)
    words: str | None = field(default=None, repr=False)


class Sealed(NamedTuple):
    """A content as it is kept, beside the hash by which an entry commits to it."""

    salt: bytes
    content: bytes
    hash: bytes


def seal(content: Mapping[str, Any]) -> Sealed:
    """The salt is why a short content cannot be guessed from its hash once it is destroyed."""
    salt, text = os.urandom(SALT_BYTES), canonical(dict(content))
    return Sealed(salt, text, hashlib.sha256(salt + text).digest())


def entry_bytes(
    index: int,
    at: datetime,
    kind: str,
    action: str,
    account: int | None,
    about: int | None,
    room: str | None,
    document: str | None,
    content_hash: bytes,
) -> bytes:
    """The leaf: what the tree holds of an event, and for ever.

    As `canonical` writes an object of these; by hand, since every entry passes here.
    """
    return (
        f'{{"about":{_number(about)},"account":{_number(account)},"action":{_quoted(action)},'
        f'"at":"{moment(at)}","content":"{content_hash.hex()}","document":{_text(document)},'
        f'"index":{index},"kind":{_quoted(kind)},"room":{_text(room)}}}'
    ).encode()


def _number(number: int | None) -> str:
    return "null" if number is None else str(number)


def _text(text: str | None) -> str:
    return "null" if text is None else _quoted(text)


def moment(at: datetime) -> str:
    """RFC 3339 in UTC, always with microseconds: one text for one moment."""
    return f"{at.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"
