"""Chat as the children of a groupchat message; the only file that knows their XML (docs/protocol.md).

Everything has a body that any client can show. Where the body is only a substitute for what older clients do not know,
it says so (XEP-0428).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, assert_never

from xmpp_bridge.chat.about import About, quoted
from xmpp_bridge.chat.attachment import SHARING, attachments_of, attachments_to_xml
from xmpp_bridge.chat.cell import CELL, CHAT, NOT_SHOWN, REFERENCE, cell_of, cell_to_xml, in_words
from xmpp_bridge.chat.encryption import encryption_of, encryption_to_xml
from xmpp_bridge.chat.message import (
    MAX_BODY,
    MAX_EMOJIS,
    MAX_MENTIONS,
    MAX_NAME,
    MAX_REASON,
    Archived,
    ChatMessage,
    Correction,
    Displayed,
    Moderation,
    OriginId,
    Payload,
    Reaction,
    Resolution,
    Retraction,
    RoomsChanged,
    StanzaId,
    Typing,
)
from xmpp_bridge.chat.state import read_state, state_to_xml
from xmpp_bridge.chat.substitute import Part, fallback, without_substitutes
from xmpp_bridge.xmpp.errors import BadPayloadError

REPLY: Final = "urn:xmpp:reply:0"  # XEP-0461
REPLACE: Final = "urn:xmpp:message-correct:0"  # XEP-0308
RETRACT: Final = "urn:xmpp:message-retract:1"  # XEP-0424
MODERATE: Final = "urn:xmpp:message-moderate:1"  # XEP-0425
REACTIONS: Final = "urn:xmpp:reactions:0"  # XEP-0444
STANZA_IDS: Final = "urn:xmpp:sid:0"  # XEP-0359
HINTS: Final = "urn:xmpp:hints"  # XEP-0334

_STANZA_ID = re.compile(r"[1-9][0-9]{0,15}")
_MAX_STANZA_ID: Final = 2**53
_MAX_ORIGIN: Final = 256
_MAX_EMOJI: Final = 64
_MOST_CHILDREN: Final = 300
_STANDS_IN: Final = {  # what a part of the body may stand in for, and by which element we know it
    REPLY: f"{{{REPLY}}}reply",
    CHAT: CELL,
    SHARING: f"{{{SHARING}}}file-sharing",
}


def read_stanza_id(text: str) -> StanzaId:
    """Parse what a room, a browser or a person says is a stanza-id."""
    if not _STANZA_ID.fullmatch(text) or int(text) >= _MAX_STANZA_ID:
        raise BadPayloadError("a stanza-id is a whole number below 2^53")
    return StanzaId(text)


def read_body(text: str) -> str:
    """Return what may be said, without control characters; raise `BadPayloadError` for nothing, or too much."""
    body = NOT_SHOWN.sub("", text)
    if not body.strip():
        raise BadPayloadError("a message says something")
    if len(body) > MAX_BODY:
        raise BadPayloadError(f"a message has at most {MAX_BODY:,} characters")
    return body


def to_xml(payload: Payload, namespace: str, about: About | None = None) -> list[ET.Element]:
    """Return the children of a `<message/>`, whose body is of the stream's `namespace`.

    `about` is the message that is answered, corrected, taken back or reacted to, if it is known here.
    """
    match payload:
        case ChatMessage():
            quotation = "" if about is None else about.quotation
            children = _message_to_xml(payload, namespace, quotation)
        case Correction():
            children = _correction_to_xml(payload, namespace, about)
        case Retraction():
            children = _retraction_to_xml(payload, namespace)
        case Moderation():
            children = _moderation_to_xml(payload, namespace)
        case Reaction():
            children = _reaction_to_xml(payload, namespace, about)
        case Resolution(target, resolved):
            said = "This is settled." if resolved else "This is open again."
            element = ET.Element(f"{{{CHAT}}}resolved", id=target, value=str(resolved).lower())
            children = [*_substitute(said, CHAT, namespace), element]
        case Typing() | Displayed():
            children = [state_to_xml(payload), _hint("no-store")]
        case Archived(through):
            children = [ET.Element(f"{{{CHAT}}}archived", id=through)]
        case RoomsChanged():
            children = [ET.Element(f"{{{CHAT}}}rooms")]
        case _:
            assert_never(payload)
    return children


def read_payload(children: Sequence[ET.Element], namespace: str) -> Payload | None:
    """Return what is said, None for what is nothing of chat, or raise `BadPayloadError`.

    It is read from what any client may have sent; whatever is not known is ignored.
    """
    if len(children) > _MOST_CHILDREN:
        raise BadPayloadError("a message has too many parts")
    found = {child.tag: child for child in reversed(children)}
    for tag, read in (
        (f"{{{CHAT}}}archived", lambda e: Archived(read_stanza_id(e.get("id", "")))),
        (f"{{{CHAT}}}rooms", lambda _: RoomsChanged()),
        (f"{{{CHAT}}}resolved", _read_resolution),
        (f"{{{REACTIONS}}}reactions", _read_reaction),
        (f"{{{RETRACT}}}retract", _read_retraction),
    ):
        if tag in found:
            return read(found[tag])
    encryption = encryption_of(found)
    if encryption:  # What stands in the body is not what was said.
        return ChatMessage("", encryption=encryption)
    body = found.get(f"{{{namespace}}}body")
    if body is None:
        return read_state(found)
    return _read_message(body.text or "", children, found)


def _read_message(
    raw: str, children: Sequence[ET.Element], found: dict[str, ET.Element]
) -> ChatMessage | Correction:
    known = {of for of, tag in _STANDS_IN.items() if tag in found}
    body = without_substitutes(raw, children, known)
    attachments = attachments_of(children, body)
    if attachments and (not body.strip() or body.strip() == attachments[0].url):
        body = ""
    else:
        body = read_body(body if body.strip() else raw)
    corrects = found.get(f"{{{REPLACE}}}replace")
    if corrects is not None:
        return Correction(read_origin_id(corrects.get("id", "")), body, _mentions(children))
    cell = cell_of(children, found)
    return ChatMessage(body, _reply_to(found), _mentions(children), cell, attachments)


def stanza_id_of(children: Iterable[ET.Element], room: str) -> StanzaId | None:
    """What the room itself calls a message. The XMPP server strips forged ids that claim to be the room's."""
    for child in children:
        if child.tag == f"{{{STANZA_IDS}}}stanza-id" and child.get("by") == room:
            return read_stanza_id(child.get("id", ""))
    return None


def read_emojis(emojis: Sequence[str]) -> tuple[str, ...]:
    """Parse what somebody shows under a message."""
    if len(emojis) > MAX_EMOJIS:
        raise BadPayloadError(f"a message gets at most {MAX_EMOJIS} emojis of one person")
    if any(not 0 < len(each.strip()) <= _MAX_EMOJI or NOT_SHOWN.search(each) for each in emojis):
        raise BadPayloadError("an emoji is a short text")
    return tuple(dict.fromkeys(emojis))


def read_origin_id(text: str) -> OriginId:
    """Parse the `id` that a sender gave a message."""
    if not 0 < len(text) <= _MAX_ORIGIN or NOT_SHOWN.search(text):
        raise BadPayloadError("a message's id has 1 to 256 characters")
    return OriginId(text)


def _message_to_xml(message: ChatMessage, namespace: str, quotation: str) -> list[ET.Element]:
    if message.encryption:
        return encryption_to_xml(message.encryption)
    reply = message.reply_to
    quotation = quotation if reply is not None and message.body else ""
    text, substitutes = quotation + message.body, []
    if quotation:
        substitutes.append(Part(REPLY, 0, len(quotation)))

    def stand_in(of: str, words: str) -> Part:
        nonlocal text
        start = len(text)
        text += f"\n{words}" if text else words
        substitutes.append(part := Part(of, start, len(text)))
        return part

    cells = []
    if message.cell is not None:
        part = stand_in(CHAT, in_words(message.cell))
        cells = cell_to_xml(message.cell, part)
    for attachment in message.attachments:
        stand_in(SHARING, attachment.url)
    return [
        _body(text, namespace),
        *(fallback(part.of, part) for part in substitutes),
        *map(_mention, message.mentions),
        *([] if reply is None else [ET.Element(f"{{{REPLY}}}reply", id=reply)]),
        *cells,
        *attachments_to_xml(message.attachments),
    ]


def _correction_to_xml(
    correction: Correction, namespace: str, about: About | None
) -> list[ET.Element]:
    """The whole message anew (XEP-0308, section 4): what hung on it would be gone elsewhere, or its link would."""
    now, quotation = ChatMessage(correction.body, mentions=correction.mentions), ""
    if about is not None:
        was = about.message
        now = replace(now, reply_to=was.reply_to, cell=was.cell, attachments=was.attachments)
        quotation = "" if about.answered is None else quoted(*about.answered)
    element = ET.Element(f"{{{REPLACE}}}replace", id=correction.original)
    return [*_message_to_xml(now, namespace, quotation), element]


def _retraction_to_xml(retraction: Retraction, namespace: str) -> list[ET.Element]:
    retract = ET.Element(f"{{{RETRACT}}}retract", id=retraction.target)
    if (
        not retraction.target.isdecimal()
    ):  # What was said already is said again, to clients that know this id only.
        return [retract, _hint("store")]
    text = "This person took back a message, but your client does not show it."
    return [*_substitute(text, RETRACT, namespace), retract]


def _moderation_to_xml(moderation: Moderation, namespace: str) -> list[ET.Element]:
    text = "A message was taken back by somebody who looks after this room."
    retract = ET.Element(f"{{{RETRACT}}}retract", id=moderation.target)
    ET.SubElement(retract, f"{{{MODERATE}}}moderated", by=moderation.by)
    if moderation.reason:
        ET.SubElement(retract, f"{{{RETRACT}}}reason").text = moderation.reason
    return [*_substitute(text, RETRACT, namespace), retract]


def _reaction_to_xml(reaction: Reaction, namespace: str, about: About | None) -> list[ET.Element]:
    reactions = ET.Element(f"{{{REACTIONS}}}reactions", id=reaction.target)
    for emoji in reaction.emojis:
        ET.SubElement(reactions, f"{{{REACTIONS}}}reaction").text = emoji
    shown = " ".join(reaction.emojis)
    quotation = "" if about is None else about.quotation
    substitute = _substitute(quotation + shown, REACTIONS, namespace) if shown else []
    return [*substitute, reactions, _hint("store")]  # Without a body only the hint has it archived.


def _body(text: str, namespace: str) -> ET.Element:
    body = ET.Element(f"{{{namespace}}}body")
    body.text = text
    return body


def _substitute(text: str, of: str, namespace: str) -> list[ET.Element]:
    """A body for clients that do not know `of`."""
    return [_body(text, namespace), fallback(of)]


def _mention(jid: str) -> ET.Element:
    return ET.Element(f"{{{REFERENCE}}}reference", type="mention", uri=f"xmpp:{jid}")


def _hint(name: str) -> ET.Element:
    return ET.Element(f"{{{HINTS}}}{name}")


def read_reason(text: str) -> str:
    """Parse why something was taken back; that may be left open."""
    reason = NOT_SHOWN.sub("", text).strip()
    if len(reason) > MAX_REASON:
        raise BadPayloadError(f"a reason has at most {MAX_REASON} characters")
    return reason


def _read_retraction(element: ET.Element) -> Retraction | Moderation:
    named = element.get("id", "")
    moderated = element.find(f"{{{MODERATE}}}moderated")
    if moderated is None:
        # COMPAT(Converse.js 14): it says what it called the message itself, not what the room calls it.
        by_room = named.isdecimal() or not named
        return Retraction(read_stanza_id(named) if by_room else read_origin_id(named))
    target = read_stanza_id(named)
    by = moderated.get("by", "")
    if not 0 < len(by) <= 2 * MAX_NAME:
        raise BadPayloadError("somebody moderates")
    return Moderation(target, by, read_reason(element.findtext(f"{{{RETRACT}}}reason") or ""))


def _read_resolution(element: ET.Element) -> Resolution:
    value = element.get("value")
    if value not in ("true", "false"):
        raise BadPayloadError("something is resolved or it is not")
    return Resolution(read_stanza_id(element.get("id", "")), value == "true")


def _read_reaction(element: ET.Element) -> Reaction:
    emojis = [(child.text or "").strip() for child in element.iterfind(f"{{{REACTIONS}}}reaction")]
    return Reaction(read_stanza_id(element.get("id", "")), read_emojis(emojis))


def _reply_to(found: dict[str, ET.Element]) -> StanzaId | None:
    reply = found.get(f"{{{REPLY}}}reply")
    target = "" if reply is None else reply.get("id", "")
    return StanzaId(target) if _STANZA_ID.fullmatch(target) else None


def _mentions(children: Iterable[ET.Element]) -> tuple[str, ...]:
    uris = [
        child.get("uri", "")
        for child in children
        if child.tag == f"{{{REFERENCE}}}reference" and child.get("type") == "mention"
    ]
    if len(uris) > MAX_MENTIONS:
        raise BadPayloadError(f"a message mentions at most {MAX_MENTIONS} people")
    jids = [uri.removeprefix("xmpp:").partition("?")[0] for uri in uris if uri.startswith("xmpp:")]
    return tuple(dict.fromkeys(jid for jid in jids if 0 < len(jid) <= 2 * MAX_NAME))
