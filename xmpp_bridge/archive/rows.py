"""What was said as a row, and back; without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, assert_never

from sqlalchemy import Row

from xmpp_bridge.archive.tables import Kind
from xmpp_bridge.chat.attachment import read_attachments
from xmpp_bridge.chat.message import (
    CellReference,
    ChatMessage,
    Correction,
    Moderation,
    OriginId,
    Reaction,
    Resolution,
    Retraction,
    Said,
    StanzaId,
)
from xmpp_bridge.chat.spoken import Quote, Sender, Spoken


def columns_of(said: Said) -> dict[str, Any]:
    """The columns that depend on what was said."""
    nothing: dict[str, Any] = {"body": "", "target": None, "original": None, "details": {}}
    match said:
        case ChatMessage(body, reply_to, mentions, cell, attachments, encryption):
            details: dict[str, Any] = {
                "reply_to": reply_to,
                "mentions": list(mentions),
                "cell": cell and asdict(cell),
                "attachments": [asdict(each) for each in attachments],
                **({"encryption": encryption} if encryption else {}),
            }
            return {**nothing, "kind": Kind.MESSAGE, "body": body, "details": details}
        case Correction(original, body, mentions):
            said_now = {"body": body, "original": original, "details": {"mentions": list(mentions)}}
            return {**nothing, "kind": Kind.CORRECTION, **said_now}
        case Retraction(target):
            named = {"target": int(target)} if target.isdecimal() else {"original": target}
            return {**nothing, "kind": Kind.RETRACTION, **named}
        case Moderation(target, by, reason):
            details = {"by": by, "reason": reason}
            return {**nothing, "kind": Kind.MODERATION, "target": int(target), "details": details}
        case Reaction(target, emojis):
            details = {"emojis": list(emojis)}
            return {**nothing, "kind": Kind.REACTION, "target": int(target), "details": details}
        case Resolution(target, resolved):
            details = {"resolved": resolved}
            return {**nothing, "kind": Kind.RESOLUTION, "target": int(target), "details": details}
        case _:
            assert_never(said)


def mentioned(said: Said) -> tuple[str, ...]:
    """Whom a message is for. A correction tells nobody anew."""
    return said.mentions if isinstance(said, ChatMessage) else ()


def said_of(row: Row[Any]) -> Said:
    details: dict[str, Any] = row.details
    target = StanzaId(str(row.target))
    match Kind(row.kind):
        case Kind.MESSAGE:
            return message_of(row)
        case Kind.CORRECTION:
            return Correction(OriginId(row.original), row.body, tuple(details["mentions"]))
        case Kind.RETRACTION:
            return Retraction(target if row.original is None else OriginId(row.original))
        case Kind.MODERATION:
            return Moderation(target, details["by"], details["reason"])
        case Kind.REACTION:
            return Reaction(target, tuple(details["emojis"]))
        case Kind.RESOLUTION:
            return Resolution(target, details["resolved"])


def message_of(row: Row[Any]) -> ChatMessage:
    """What a row of this kind says."""
    details: dict[str, Any] = row.details
    cell, files = details["cell"], details.get("attachments")
    return ChatMessage(
        row.body,
        details["reply_to"],
        tuple(details["mentions"]),
        cell and CellReference(**cell),
        read_attachments(files) if files else (),
        details.get("encryption", ""),
    )


def sender_of(row: Row[Any]) -> Sender:
    """Who said it; somebody whom the hub does not know is called by their address."""
    return Sender(row.sender, row.display_name or row.sender.partition("@")[0], row.hub_user)


def spoken_of(row: Row[Any]) -> Spoken:
    """A message as it was when it was said."""
    return Spoken(
        StanzaId(str(row.stanza_id)),
        row.origin_id,
        row.said_at,
        sender_of(row),
        message_of(row),
    )


def with_quote(spoken: Spoken, quotes: Mapping[StanzaId, Quote]) -> Spoken:
    """The message with the beginning of what it answers, if that is known."""
    reply_to = spoken.message.reply_to
    return spoken if reply_to is None else replace(spoken, quote=quotes.get(reply_to))
