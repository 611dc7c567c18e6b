"""What was said here and is not known to be in its room: kept on this server's disk until it is, and sent once."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from xmpp_bridge.chat.attachment import read_attachments
from xmpp_bridge.chat.cell import read_cell
from xmpp_bridge.chat.message import CellReference, ChatMessage, OriginId
from xmpp_bridge.chat.stanza import read_body, read_origin_id, read_stanza_id
from xmpp_bridge.rooms.identifiers import RoomId, read_room_id
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError

log = logging.getLogger(__name__)

MOST: Final = 1000
"""Messages that wait; whoever writes more without a connection is told."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message on its way, under the id that its sender gave it."""

    room: RoomId
    origin: OriginId
    at: datetime
    message: ChatMessage


class ChatOutbox:
    """One file, replaced whole with each change: a person writes a few messages a minute."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._waiting = {(each.room, each.origin): each for each in _load(file)}

    def of(self, room: RoomId) -> list[Waiting]:
        """What waits for a room, oldest first."""
        return [each for each in self._waiting.values() if each.room == room]

    def beside(self, rooms: Collection[RoomId]) -> list[Waiting]:
        """What waits for any other room than these."""
        return [each for each in self._waiting.values() if each.room not in rooms]

    def __contains__(self, key: tuple[RoomId, OriginId]) -> bool:
        return key in self._waiting

    def put(self, waiting: Waiting) -> None:
        """Keep a message; it survives this process when this returns."""
        if len(self._waiting) >= MOST:
            raise ConflictError(f"{MOST} messages wait already")
        key = waiting.room, waiting.origin
        if key in self._waiting:
            raise ConflictError("this message waits already")
        self._waiting[key] = waiting
        self._save()

    def settle(self, room: RoomId, origin: OriginId) -> Waiting | None:
        """The room has it, or will never take it."""
        settled = self._waiting.pop((room, origin), None)
        if settled is not None:
            self._save()
        return settled

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._file.with_suffix(".new")
        new.touch(mode=0o600)
        with new.open("w") as file:
            json.dump([_to_json(each) for each in self._waiting.values()], file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)


def _load(file: Path) -> Iterable[Waiting]:
    if not file.exists():
        return []
    try:
        return [_from_json(raw) for raw in json.loads(file.read_text())]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, BadPayloadError):
        aside = file.with_suffix(".damaged")
        file.replace(aside)
        log.exception("messages that waited cannot be read: set_aside=%s", aside.name)
        return []


def _to_json(waiting: Waiting) -> dict[str, Any]:
    return {
        "room": waiting.room,
        "origin": waiting.origin,
        "at": waiting.at.isoformat(),
        "message": asdict(waiting.message),
    }


def _from_json(raw: Any) -> Waiting:
    message = raw["message"]
    cell: CellReference | None = message["cell"] and read_cell(message["cell"])
    reply_to = message["reply_to"] and read_stanza_id(message["reply_to"])
    attachments = read_attachments(message.get("attachments", []))  # absent before 0.2
    body = message["body"] if attachments else read_body(message["body"])
    return Waiting(
        read_room_id(raw["room"]),
        read_origin_id(raw["origin"]),
        datetime.fromisoformat(raw["at"]).astimezone(UTC),
        ChatMessage(body, reply_to, tuple(message["mentions"]), cell, attachments),
    )
