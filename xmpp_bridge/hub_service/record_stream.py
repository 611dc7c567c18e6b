"""The record for whoever watches: one JSON event for each entry, to a file or to a syslog server; never a content."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from logging.handlers import SysLogHandler
from typing import Any, Final
from urllib.parse import urlsplit

from jupyter_events import EventLogger

SCHEMA_ID: Final = "https://xmpp-bridge.invalid/events/record/v1"
_NUMBER: Final = {"type": ["integer", "null"]}
_TEXT: Final = {"type": ["string", "null"]}
SCHEMA: Final[dict[str, Any]] = {
    "$id": SCHEMA_ID,
    "version": "1",
    "title": "An entry of the record",
    "personal-data": True,
    "type": "object",
    "required": ["index", "at", "kind", "action", "content", "leaf"],
    "properties": {
        "index": {"type": "integer", "description": "Its place in the tree"},
        "at": {"type": "string", "description": "When it happened"},
        "kind": {"type": "string"},
        "action": {"type": "string"},
        "account": {**_NUMBER, "description": "Who did it"},
        "about": {**_NUMBER, "description": "Whom it concerns"},
        "room": _TEXT,
        "document": _TEXT,
        "content": {"type": "string", "description": "Salted hash of its content"},
        "leaf": {"type": "string", "description": "Its hash in the tree, for `verify --stream`"},
    },
}
SYSLOG_PORT: Final = 514


class Stream:
    """Emits only while `streaming`."""

    def __init__(self) -> None:
        self._events: EventLogger | None = None

    @contextmanager
    def streaming(self, to: str) -> Iterator[None]:
        """To a file, by its path, or to `syslog://host:port`; nowhere if `to` is empty."""
        if not to:
            yield
            return
        handler = _handler(to)
        try:
            self._events = EventLogger(handlers=[handler])
            self._events.register_event_schema(SCHEMA)
            yield
        finally:
            self._events = None
            handler.close()

    def tell(self, placed: Sequence[tuple[bytes, bytes]]) -> None:
        """Entries and their hashes, once they have their places for good."""
        if self._events is None:
            return
        for entry, leaf in placed:
            data = {**json.loads(entry), "leaf": leaf.hex()}
            self._events.emit(schema_id=SCHEMA_ID, data=data)


def _handler(to: str) -> logging.Handler:
    address = urlsplit(to)
    if address.scheme != "syslog":
        return logging.FileHandler(to, encoding="utf-8")
    handler = SysLogHandler((address.hostname or "localhost", address.port or SYSLOG_PORT))
    handler.ident = "xmpp-bridge: "
    return handler
