"""A message as a reader has it: what was said, and what was done to it since; without I/O.

The service folds it from its archive, a Jupyter server from what it hears. Both do it here, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from xmpp_bridge.chat.about import About
from xmpp_bridge.chat.attachment import read_attachments
from xmpp_bridge.chat.cell import read_cell
from xmpp_bridge.chat.message import (
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
from xmpp_bridge.chat.stanza import read_body, read_origin_id, read_stanza_id
from xmpp_bridge.xmpp.errors import BadPayloadError

MOST_QUOTED = 200


@dataclass(frozen=True, slots=True)
class Sender:
    """Who said something, as the XMPP server vouches for; `hub_user` is None for whom the hub does not know."""

    jid: str
    display_name: str
    hub_user: str | None = None


def called(jid: str, domain: str) -> str:
    """What somebody is called whom the hub does not know: a guest by their whole address, for a nick says nothing."""
    localpart, _, theirs = jid.rpartition("@")
    return localpart if theirs == domain or theirs.endswith(f".{domain}") else f"{jid} (guest)"


@dataclass(frozen=True, slots=True)
class Quote:
    """The beginning of what a message answers."""

    id: StanzaId
    display_name: str
    body: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message; `id` and `origin` are what the room and its sender call it."""

    id: StanzaId
    origin: OriginId | None
    time: datetime
    sender: Sender
    message: ChatMessage
    quote: Quote | None = None
    edited: datetime | None = None
    retracted_by: str | None = None
    reason: str = ""
    """Why somebody else took it back."""
    reactions: Mapping[str, tuple[Sender, ...]] = field(default_factory=dict)
    resolved: bool = False

    @property
    def about(self) -> About:
        """What readers elsewhere are told of it when something is said about it."""
        quote = self.quote
        answered = None if quote is None else (quote.display_name, quote.body)
        return About(self.sender.display_name, self.message, self.origin, answered)

    @property
    def beginning(self) -> Quote:
        """What an answer shows of it."""
        body = "" if self.retracted_by else self.message.body
        return Quote(self.id, self.sender.display_name, body[:MOST_QUOTED])


def folded(spoken: Spoken, said: Said, sender: Sender, at: datetime) -> Spoken:
    """The message after something was said about it; unchanged by what is not about it, or not the sender's to say.

    Of a moderation, `sender` is the moderator in whose name the service says it.
    """
    if not _counts(spoken, said, sender):
        return spoken
    match said:
        case Correction(_, body, mentions):
            message = replace(spoken.message, body=body, mentions=mentions)
            return replace(spoken, message=message, edited=at)
        case Retraction() | Moderation():
            nothing = replace(spoken, message=ChatMessage(""), quote=None, reactions={})
            reason = said.reason if isinstance(said, Moderation) else ""
            return replace(nothing, retracted_by=sender.display_name, reason=reason)
        case Reaction(_, emojis):
            return replace(spoken, reactions=_reacted(spoken.reactions, sender, emojis))
        case Resolution(_, resolved):
            return replace(spoken, resolved=resolved)
        case ChatMessage():
            return spoken


def _counts(spoken: Spoken, said: Said, sender: Sender) -> bool:
    if spoken.retracted_by or target_of(said) not in (spoken.id, spoken.origin):
        return False
    return sender.jid == spoken.sender.jid or isinstance(said, Reaction | Resolution | Moderation)


def target_of(said: Said) -> StanzaId | OriginId | None:
    """What something is said about."""
    match said:
        case Correction(original):
            return original
        case Retraction(target) | Moderation(target) | Reaction(target) | Resolution(target):
            return target
        case ChatMessage():
            return None


def to_json(spoken: Spoken, room: str, me: str, *, delivered: bool) -> dict[str, Any]:
    """The message for the person whose bare JID is `me`."""
    cell, quote, message = spoken.message.cell, spoken.quote, spoken.message
    return {
        "id": spoken.id,
        "client_id": spoken.origin if spoken.sender.jid == me else None,
        "room": room,
        "time": spoken.time.isoformat(),
        "sender": sender_to_json(spoken.sender, me),
        "body": message.body,
        "reply_to": quote
        and {"id": quote.id, "display_name": quote.display_name, "body": quote.body},
        "edited": spoken.edited and spoken.edited.isoformat(),
        "retracted": spoken.retracted_by
        and {"by": spoken.retracted_by, "reason": spoken.reason or None},
        "reactions": [
            {
                "emoji": emoji,
                "people": [person.display_name for person in people],
                "mine": any(person.jid == me for person in people),
                "senders": [sender_to_json(person, me) for person in people],
            }
            for emoji, people in spoken.reactions.items()
        ],
        "mentions": list(message.mentions),
        "cell": cell
        and {
            "document": cell.document,
            "cell": cell.cell,
            "name": cell.name,
            "excerpt": cell.excerpt,
            "link": cell.link,
            "resolved": spoken.resolved,
        },
        "attachments": [asdict(each) for each in message.attachments],
        "encryption": message.encryption or None,
        "state": "delivered" if delivered else "sent",
        "origin": spoken.origin,
    }


def sender_to_json(sender: Sender, me: str) -> dict[str, Any]:
    return {
        "username": sender.hub_user,
        "display_name": sender.display_name,
        "jid": sender.jid,
        "me": sender.jid == me,
    }


def from_json(raw: Any) -> Spoken:
    """Parse what `to_json` wrote, or raise `BadPayloadError`."""
    try:
        retracted, quote, cell = raw["retracted"], raw["reply_to"], raw["cell"]
        attachments = read_attachments(raw["attachments"])
        encryption = str(raw.get("encryption") or "")  # absent before 0.2
        empty = retracted or attachments or encryption
        body = raw["body"] if empty else read_body(raw["body"])
        return Spoken(
            id=read_stanza_id(raw["id"]),
            origin=None if raw["origin"] is None else read_origin_id(raw["origin"]),
            time=_moment(raw["time"]),
            sender=_sender(raw["sender"]),
            message=ChatMessage(
                body=body,
                reply_to=quote and read_stanza_id(quote["id"]),
                mentions=tuple(str(mention) for mention in raw["mentions"]),
                cell=cell and read_cell({k: v for k, v in cell.items() if isinstance(v, str)}),
                attachments=attachments,
                encryption=encryption,
            ),
            quote=quote
            and Quote(read_stanza_id(quote["id"]), str(quote["display_name"]), str(quote["body"])),
            edited=raw["edited"] and _moment(raw["edited"]),
            retracted_by=str(retracted["by"]) if retracted else None,
            reason=str(retracted["reason"] or "") if retracted else "",
            reactions={
                str(reaction["emoji"]): tuple(map(_sender, reaction["senders"]))
                for reaction in raw["reactions"]
            },
            resolved=bool(cell and cell["resolved"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadPayloadError("this is not a message of the archive") from error


def _reacted(
    reactions: Mapping[str, tuple[Sender, ...]], sender: Sender, emojis: tuple[str, ...]
) -> dict[str, tuple[Sender, ...]]:
    """All that the sender shows now, in place of what they showed before."""
    others = {
        emoji: tuple(person for person in people if person.jid != sender.jid)
        for emoji, people in reactions.items()
    }
    for emoji in emojis:
        others[emoji] = (*others.get(emoji, ()), sender)
    return {emoji: people for emoji, people in others.items() if people}


def _sender(raw: Any) -> Sender:
    hub_user = raw["username"]
    return Sender(
        str(raw["jid"]), str(raw["display_name"]), None if hub_user is None else str(hub_user)
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
