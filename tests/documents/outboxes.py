"""An outbox that is live, and somebody who types."""

from __future__ import annotations

import os

from pycrdt import Doc, Text

from xmpp_bridge.documents.outbox import Action, Outbox, Send
from xmpp_bridge.documents.stanza import ReplicaId, UpdateStanza

FIRST = ReplicaId("aaaaaaaa")
LIMIT = 1000


class Author:
    """Types into a text, and keeps the updates."""

    def __init__(self) -> None:
        self.doc: Doc[Text] = Doc()
        self._text = self.doc.get("source", type=Text)
        self._made: list[bytes] = []
        self._subscription = self.doc.observe(lambda event: self._made.append(event.update))

    def types(self, text: str) -> bytes:
        self._text += text
        return self.made()

    def made(self) -> bytes:
        """The last update."""
        return self._made.pop()

    def forget(self) -> None:
        self._made.clear()


def noise(size: int) -> str:
    """Text that does not deflate to much less."""
    return os.urandom(size // 2).hex()


def live(limit: int = 256 * 1024) -> Outbox:
    outbox = Outbox(limit=limit)
    outbox.entered(FIRST)
    outbox.synced(outbox.mark())
    return outbox


def sent(action: Action) -> bytes:
    assert isinstance(action, Send)
    assert isinstance(action.stanza, UpdateStanza)
    return action.stanza.update


def reflect(outbox: Outbox, sequence: int, now: float = 0.0) -> None:
    """By a room that takes no time, if nothing else is said."""
    outbox.reflected(UpdateStanza(FIRST, sequence, b""), now)


def typed_in(*updates: bytes) -> str:
    doc: Doc[Text] = Doc()
    for update in updates:
        doc.apply_update(update)
    return str(doc.get("source", type=Text))
