"""What the search index holds of one message: its words, and marks for who, where and what; without I/O.

A mark is a token that no text can contain, since words have no ASCII punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from xmpp_bridge.archive.query import Has
from xmpp_bridge.archive.words import words
from xmpp_bridge.chat.attachment import upload_in
from xmpp_bridge.chat.message import ChatMessage

_LINK = re.compile(r"\bhttps?://[^\s<>]{2}|\bwww\.[^\s<>]{2}", re.IGNORECASE)
_CODE = re.compile(r"```|`[^`\n]+`")


def mark(name: str, value: str) -> str:
    """One token of ASCII letters, digits and `_`, or of what is not ASCII."""
    safe = "".join(
        char if char.isalnum() or not char.isascii() else f"_{ord(char):02x}" for char in value
    )
    return f"{name}_{safe}"


def room_mark(room: str) -> str:
    return mark("in", room)


def sender_mark(jid: str) -> str:
    return mark("from", jid)


def mention_mark(jid: str) -> str:
    return mark("mentions", jid)


def document_mark(document: str) -> str:
    return mark("document", document)


def cell_mark(cell: str) -> str:
    return mark("cell", cell)


def file_mark(upload: str) -> str:
    return mark("file", upload)


def has_mark(what: Has) -> str:
    return mark("has", what)


def lexemes_of(room: str, sender: str, message: ChatMessage) -> tuple[str, ...]:
    """Words in their order, then marks. The names of files, and of the cell's document, are words too."""
    found = words(message.body)
    for attachment in message.attachments:
        found += words(attachment.name)
    if message.cell is not None:
        found += words(message.cell.name)
    return (*found, *sorted({*_marks(room, sender, message)}))


def _marks(room: str, sender: str, message: ChatMessage) -> Iterable[str]:
    yield room_mark(room)
    yield sender_mark(sender)
    yield from map(mention_mark, message.mentions)
    yield from map(has_mark, _has(message))
    uploads = (upload_in(each.url) for each in message.attachments)
    yield from (file_mark(each) for each in uploads if each is not None)
    if message.cell is not None:
        yield document_mark(message.cell.document)
        yield cell_mark(message.cell.cell)


def _has(message: ChatMessage) -> Iterable[Has]:
    if _LINK.search(message.body):
        yield Has.LINK
    if _CODE.search(message.body):
        yield Has.CODE
    if message.cell is not None:
        yield Has.CELL
    if message.reply_to is not None:
        yield Has.REPLY
    if message.attachments:
        yield Has.FILE
    if any(each.type.startswith("image/") for each in message.attachments):
        yield Has.IMAGE
