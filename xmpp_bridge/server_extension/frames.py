"""Every JSON frame between a browser and this server; mirrored by labextension/src/frames.ts (see tests/frames)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from xmpp_bridge.chat.attachment import read_attachments
from xmpp_bridge.chat.cell import read_cell
from xmpp_bridge.chat.message import Attachment, CellReference, StanzaId
from xmpp_bridge.chat.outbox import Waiting
from xmpp_bridge.chat.stanza import read_body, read_emojis, read_reason, read_stanza_id
from xmpp_bridge.presence.announcement import At, read_at
from xmpp_bridge.rooms.identifiers import RoomId, read_room_id
from xmpp_bridge.xmpp.errors import BadPayloadError

MAX_FRAME: Final = 256 * 1024
MAX_PAGE: Final = 200
MAX_IDLE: Final = 366 * 86_400
_MAX_ID: Final = 64
_MAX_QUERY: Final = 1000

Frame = dict[str, Any]
"""What goes to the browser."""
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Post:
    """Say something; `client_id` is what the browser calls it until the room has named it."""

    request: str
    room: RoomId
    client_id: str
    body: str = field(repr=False)
    reply_to: StanzaId | None
    cell: CellReference | None
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Correct:
    """Say it differently."""

    request: str
    room: RoomId
    id: StanzaId
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Retract:
    """Take it back; with a `reason` if somebody else said it."""

    request: str
    room: RoomId
    id: StanzaId
    reason: str


@dataclass(frozen=True, slots=True)
class React:
    """Show these emojis under it, in place of those before."""

    request: str
    room: RoomId
    id: StanzaId
    emojis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolve:
    """What was to be said about a cell has been said, or has not."""

    request: str
    room: RoomId
    id: StanzaId
    resolved: bool


@dataclass(frozen=True, slots=True)
class GetPage:
    """Read what was said: the newest, or what is before, after or around one message."""

    request: str
    room: RoomId
    limit: int
    where: Literal["newest", "before", "after", "around"]
    id: StanzaId | None


@dataclass(frozen=True, slots=True)
class Search:
    """Look for something that was said; `cursor` is where an answer left off."""

    request: str
    room: RoomId | None
    query: str = field(repr=False)
    order: Literal["newest", "relevance"]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class SetNotify:
    """Of which messages in a room to be told."""

    request: str
    room: RoomId
    level: Literal["all", "mentions", "none"]


@dataclass(frozen=True, slots=True)
class OpenDirect:
    """Talk with one person."""

    request: str
    username: str


@dataclass(frozen=True, slots=True)
class SetTyping:
    """Whether somebody types here; nobody answers."""

    room: RoomId
    active: bool


@dataclass(frozen=True, slots=True)
class Displayed:
    """Somebody has seen everything up to this message; nobody answers."""

    room: RoomId
    id: StanzaId


@dataclass(frozen=True, slots=True)
class Activity:
    """For how long nobody has done anything in this tab, and what is open in it; nobody answers."""

    idle_seconds: int
    at: At | None


Command = Post | Correct | Retract | React | Resolve | GetPage | Search | SetNotify | OpenDirect
Remark = SetTyping | Displayed | Activity
Saying = Post | SetTyping
"""Those which are done without asking the hub service."""
Asking = Correct | Retract | React | Resolve | GetPage | Search | SetNotify | OpenDirect | Displayed
"""Those for which it may be asked."""


def decode(text: str | bytes) -> Command | Remark:
    """Return the frame that a browser sent, or raise `BadPayloadError`."""
    if len(text) > MAX_FRAME:
        raise BadPayloadError(f"a frame has at most {MAX_FRAME} bytes")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise BadPayloadError("a frame is JSON") from None
    if not isinstance(raw, dict):
        raise BadPayloadError("a frame is a JSON object")
    read = _KINDS.get(_text(raw, "kind"))
    if read is None:
        raise BadPayloadError(f"there is no frame {raw['kind'][:32]!r}")
    return read(raw)


def request_of(text: str | bytes) -> str | None:
    """Which request a frame is that cannot be read otherwise, so that whoever waits for its answer gets one."""
    try:
        request = json.loads(text)["request"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    fit = isinstance(request, str) and len(request) <= _MAX_ID and request.isascii()
    return request if fit else None


def refused(request: str | None, condition: str, text: str) -> Frame:
    return {"kind": "refused", "request": request, "condition": condition, "text": text}


def unsaid(waiting: Waiting, condition: str, text: str) -> Frame:
    """A message that its room will never have: its writer's again, and kept here no longer."""
    return {
        "kind": "unsaid",
        "room": waiting.room,
        "client_id": waiting.origin,
        "body": waiting.message.body,
        "condition": condition,
        "text": text,
    }


def done(request: str, room: RoomId | None = None) -> Frame:
    return {"kind": "done", "request": request, "room": room}


def state(status: Fields, me: Mapping[str, str] | None, features: Sequence[str]) -> Frame:
    """Whether there is a connection (`Session.status`), or why not; as whom; and what this server can do."""
    trouble, connected = status["trouble"], status["connected"]
    refusal = trouble is not None and trouble["condition"] in ("forbidden", "not-authorized")
    away = "refused" if refusal else "reconnecting"
    return {
        "kind": "state",
        "status": "connected" if connected else away,
        "reason": None if connected or trouble is None else trouble["reason"],
        "since": status["since"],
        "retry_at": status["retry_at"],
        "features": features,
        "me": me,
    }


def idle(reason: str) -> Frame:
    """There is no chat on this server, and it is of no use to wait for one."""
    return {
        "kind": "state",
        "status": "offline",
        "reason": reason,
        "since": None,
        "retry_at": None,
        "features": (),
        "me": None,
    }


def _post(raw: Fields) -> Post:
    reply_to, attachments = raw.get("reply_to"), read_attachments(raw.get("attachments", ()))
    return Post(
        _request(raw),
        _room(raw),
        _name(raw, "client_id"),
        "" if attachments and raw.get("body") == "" else read_body(_text(raw, "body", MAX_FRAME)),
        None if reply_to is None else read_stanza_id(_text(raw, "reply_to", _MAX_ID)),
        _read_cell(raw["cell"]) if raw.get("cell") is not None else None,
        attachments,
    )


def _read_cell(raw: Any) -> CellReference:
    if not isinstance(raw, dict):
        raise BadPayloadError("a cell is a JSON object")
    return read_cell({key: value for key, value in raw.items() if isinstance(value, str)})


def _page(raw: Fields) -> GetPage:
    limit = raw.get("limit")
    if type(limit) is not int or not 0 < limit <= MAX_PAGE:
        raise BadPayloadError(f"limit is a number up to {MAX_PAGE}")
    for where in ("before", "after", "around"):
        if where in raw:
            return GetPage(_request(raw), _room(raw), limit, where, _id(raw, where))
    return GetPage(_request(raw), _room(raw), limit, "newest", None)


def _react(raw: Fields) -> React:
    emojis = raw.get("emojis")
    if not isinstance(emojis, list) or not all(isinstance(each, str) for each in emojis):
        raise BadPayloadError("emojis are texts")
    return React(_request(raw), _room(raw), _id(raw), read_emojis(emojis))


def _notify(raw: Fields) -> SetNotify:
    match raw.get("level"):
        case "all" | "mentions" | "none" as level:
            return SetNotify(_request(raw), _room(raw), level)
        case _:
            raise BadPayloadError("level is one of: all, mentions, none")


def _activity(raw: Fields) -> Activity:
    idle, at = raw.get("idle_seconds"), raw.get("at")
    if type(idle) is not int or not 0 <= idle <= MAX_IDLE:
        raise BadPayloadError("idle_seconds is a number of seconds")
    if at is None:
        return Activity(idle, None)
    if not isinstance(at, dict):
        raise BadPayloadError("at is a JSON object")
    return Activity(idle, read_at(at.get("document"), at.get("cell"), at.get("number")))


def _search(raw: Fields) -> Search:
    room = _room(raw) if raw.get("room") is not None else None
    cursor = _text(raw, "cursor") if raw.get("cursor") is not None else None
    match raw.get("order"):
        case "newest" | "relevance" as order:
            return Search(_request(raw), room, _text(raw, "query", _MAX_QUERY), order, cursor)
        case _:
            raise BadPayloadError("order is one of: newest, relevance")


_KINDS: Final[Mapping[str, Callable[[Fields], Command | Remark]]] = {
    "post": _post,
    "correct": lambda raw: Correct(
        _request(raw), _room(raw), _id(raw), read_body(_text(raw, "body", MAX_FRAME))
    ),
    "retract": lambda raw: Retract(
        _request(raw), _room(raw), _id(raw), read_reason(str(raw.get("reason", "")))
    ),
    "react": _react,
    "resolve": lambda raw: Resolve(_request(raw), _room(raw), _id(raw), _flag(raw, "resolved")),
    "page": _page,
    "search": _search,
    "notify": _notify,
    "direct": lambda raw: OpenDirect(_request(raw), _text(raw, "username")),
    "typing": lambda raw: SetTyping(_room(raw), _flag(raw, "active")),
    "activity": _activity,
    "displayed": lambda raw: Displayed(_room(raw), _id(raw)),
}


def _text(raw: Fields, name: str, longest: int = 255) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise BadPayloadError(f"{name} is a text of at most {longest} characters")
    return value


def _name(raw: Fields, name: str) -> str:
    """What a browser calls something: it goes into XML and back to the browser as it is."""
    value = _text(raw, name, _MAX_ID)
    if not value.isascii() or not value.isprintable():
        raise BadPayloadError(f"{name} is made of printable ASCII characters")
    return value


def _flag(raw: Fields, name: str) -> bool:
    value = raw.get(name)
    if not isinstance(value, bool):
        raise BadPayloadError(f"{name} is true or false")
    return value


def _request(raw: Fields) -> str:
    return _name(raw, "request")


def _room(raw: Fields) -> RoomId:
    return read_room_id(_text(raw, "room", _MAX_ID))


def _id(raw: Fields, name: str = "id") -> StanzaId:
    return read_stanza_id(_text(raw, name, _MAX_ID))
