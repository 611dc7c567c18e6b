"""Chat as the children of a groupchat message; the only file that knows their XML (docs/protocol.md).

Everything has a body that any client can show. Where the body is only a substitute for what older clients do not know,
it says so (XEP-0428).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from xmpp_bridge.chat.message import (
    MAX_BODY,
    MAX_EMOJIS,
    MAX_EXCERPT,
    MAX_MENTIONS,
    MAX_NAME,
    Archived,
    CellReference,
    ChatMessage,
    Correction,
    OriginId,
    Payload,
    Reaction,
    Resolution,
    Retraction,
    RoomsChanged,
    StanzaId,
    Typing,
)
from xmpp_bridge.xmpp.errors import BadPayloadError

CHAT: Final = "urn:xmpp-bridge:chat:0"
REPLY: Final = "urn:xmpp:reply:0"  # XEP-0461
FALLBACK: Final = "urn:xmpp:fallback:0"  # XEP-0428
REFERENCE: Final = "urn:xmpp:reference:0"  # XEP-0372
REPLACE: Final = "urn:xmpp:message-correct:0"  # XEP-0308
RETRACT: Final = "urn:xmpp:message-retract:1"  # XEP-0424
REACTIONS: Final = "urn:xmpp:reactions:0"  # XEP-0444
CHAT_STATES: Final = "http://jabber.org/protocol/chatstates"  # XEP-0085
STANZA_IDS: Final = "urn:xmpp:sid:0"  # XEP-0359
HINTS: Final = "urn:xmpp:hints"  # XEP-0334

_STANZA_ID = re.compile(r"[1-9][0-9]{0,19}")
_ID = re.compile(r"[0-9a-f]{32}")
_CELL = re.compile(r"[A-Za-z0-9_-]{1,64}")  # nbformat, section "Cell ids"
# What XML 1.0 cannot say (section 2.2), and nobody would see: the XMPP server ends a stream that tries.
_NOT_SHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MAX_ORIGIN: Final = 256
_MAX_EMOJI: Final = 64
_MOST_CHILDREN: Final = 300


def read_stanza_id(text: str) -> StanzaId:
    """Parse what a room, a browser or a person says is a stanza-id."""
    if not _STANZA_ID.fullmatch(text):
        raise BadPayloadError("a stanza-id is a whole number")
    return StanzaId(text)


def read_body(text: str) -> str:
    """Return what may be said, without control characters; raise `BadPayloadError` for nothing, or too much."""
    body = _NOT_SHOWN.sub("", text)
    if not body.strip():
        raise BadPayloadError("a message says something")
    if len(body) > MAX_BODY:
        raise BadPayloadError(f"a message has at most {MAX_BODY:,} characters")
    return body


def to_xml(payload: Payload, namespace: str) -> list[ET.Element]:
    """Return the children of a `<message/>`, whose body is of the stream's `namespace`."""
    match payload:
        case ChatMessage():
            children = _message_to_xml(payload, namespace)
        case Correction(original, body, mentions):
            replace = ET.Element(f"{{{REPLACE}}}replace", id=original)
            children = [_body(body, namespace), *map(_mention, mentions), replace]
        case Retraction(target):
            text = "This person took back a message, but your client does not show it."
            retract = ET.Element(f"{{{RETRACT}}}retract", id=target)
            children = [*_substitute(text, RETRACT, namespace), retract]
        case Reaction():
            children = _reaction_to_xml(payload, namespace)
        case Resolution(target, resolved):
            said = "This is settled." if resolved else "This is open again."
            element = ET.Element(f"{{{CHAT}}}resolved", id=target, value=str(resolved).lower())
            children = [*_substitute(said, CHAT, namespace), element]
        case Typing(active):
            state = "composing" if active else "active"
            children = [ET.Element(f"{{{CHAT_STATES}}}{state}"), _hint("no-store")]
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
        (f"{{{RETRACT}}}retract", lambda e: Retraction(read_stanza_id(e.get("id", "")))),
    ):
        if tag in found:
            return read(found[tag])
    body = found.get(f"{{{namespace}}}body")
    if body is None:
        return _read_chat_state(found)
    text = read_body(_without_quote(body.text or "", children, found))
    replace = found.get(f"{{{REPLACE}}}replace")
    if replace is not None:
        return Correction(read_origin_id(replace.get("id", "")), text, _mentions(children))
    return ChatMessage(text, _reply_to(found), _mentions(children), _cell(found))


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
    if any(not 0 < len(each.strip()) <= _MAX_EMOJI or _NOT_SHOWN.search(each) for each in emojis):
        raise BadPayloadError("an emoji is a short text")
    return tuple(dict.fromkeys(emojis))


def read_origin_id(text: str) -> OriginId:
    """Parse the `id` that a sender gave a message."""
    if not 0 < len(text) <= _MAX_ORIGIN or _NOT_SHOWN.search(text):
        raise BadPayloadError("a message's id has 1 to 256 characters")
    return OriginId(text)


def _message_to_xml(message: ChatMessage, namespace: str) -> list[ET.Element]:
    children = [_body(message.body, namespace), *map(_mention, message.mentions)]
    if message.reply_to is not None:
        children.append(ET.Element(f"{{{REPLY}}}reply", id=message.reply_to))
    if message.cell is not None:
        cell = message.cell
        element = ET.Element(
            f"{{{CHAT}}}cell", document=cell.document, cell=cell.cell, name=cell.name
        )
        element.text = cell.excerpt
        children.append(element)
    return children


def _reaction_to_xml(reaction: Reaction, namespace: str) -> list[ET.Element]:
    reactions = ET.Element(f"{{{REACTIONS}}}reactions", id=reaction.target)
    for emoji in reaction.emojis:
        ET.SubElement(reactions, f"{{{REACTIONS}}}reaction").text = emoji
    shown = " ".join(reaction.emojis)
    substitute = _substitute(shown, REACTIONS, namespace) if shown else []
    return [*substitute, reactions, _hint("store")]  # Without a body only the hint has it archived.


def _body(text: str, namespace: str) -> ET.Element:
    body = ET.Element(f"{{{namespace}}}body")
    body.text = text
    return body


def _substitute(text: str, of: str, namespace: str) -> list[ET.Element]:
    """A body for clients that do not know `of`."""
    fallback = ET.Element(f"{{{FALLBACK}}}fallback", {"for": of})
    ET.SubElement(fallback, f"{{{FALLBACK}}}body")
    return [_body(text, namespace), fallback]


def _mention(jid: str) -> ET.Element:
    return ET.Element(f"{{{REFERENCE}}}reference", type="mention", uri=f"xmpp:{jid}")


def _hint(name: str) -> ET.Element:
    return ET.Element(f"{{{HINTS}}}{name}")


def _read_resolution(element: ET.Element) -> Resolution:
    value = element.get("value")
    if value not in ("true", "false"):
        raise BadPayloadError("something is resolved or it is not")
    return Resolution(read_stanza_id(element.get("id", "")), value == "true")


def _read_reaction(element: ET.Element) -> Reaction:
    emojis = [(child.text or "").strip() for child in element.iterfind(f"{{{REACTIONS}}}reaction")]
    return Reaction(read_stanza_id(element.get("id", "")), read_emojis(emojis))


def _read_chat_state(found: dict[str, ET.Element]) -> Typing | None:
    if f"{{{CHAT_STATES}}}composing" in found:
        return Typing(active=True)
    if any(
        f"{{{CHAT_STATES}}}{state}" in found for state in ("active", "paused", "inactive", "gone")
    ):
        return Typing(active=False)
    return None


def _without_quote(body: str, children: Sequence[ET.Element], found: dict[str, ET.Element]) -> str:
    """An answer without the quotation that its client put before it for others (XEP-0461, section 3.2)."""
    if f"{{{REPLY}}}reply" not in found:
        return body
    for child in children:
        if child.tag != f"{{{FALLBACK}}}fallback" or child.get("for") != REPLY:
            continue
        part = child.find(f"{{{FALLBACK}}}body")
        if part is None:
            continue
        start, end = part.get("start", ""), part.get("end", "")
        if start == "0" and end.isdecimal() and int(end) < len(body):
            return body[int(end) :]
    return body


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


def _cell(found: dict[str, ET.Element]) -> CellReference | None:
    element = found.get(f"{{{CHAT}}}cell")
    return None if element is None else read_cell({**element.attrib, "excerpt": element.text or ""})


def read_cell(fields: dict[str, str]) -> CellReference:
    """Parse where a cell is, and what it was called."""
    document, cell = fields.get("document", ""), fields.get("cell", "")
    if not _ID.fullmatch(document) or not _CELL.fullmatch(cell):
        raise BadPayloadError("a cell is named by its document's id and its own")
    name, excerpt = fields.get("name", ""), fields.get("excerpt", "")
    if not 0 < len(name) <= MAX_NAME:
        raise BadPayloadError("a document has a name")
    return CellReference(
        document, cell, _NOT_SHOWN.sub("", name), _NOT_SHOWN.sub("", excerpt)[:MAX_EXCERPT]
    )
