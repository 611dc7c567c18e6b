"""The owner's rooms as the list of them shows them, without I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from xmpp_bridge.chat.bookmarks import Bookmark
from xmpp_bridge.chat.message import StanzaId, older
from xmpp_bridge.chat.outbox import Waiting
from xmpp_bridge.chat.spoken import Sender, Spoken, called, to_json
from xmpp_bridge.chat.stanza import read_stanza_id
from xmpp_bridge.presence.condition import Seen
from xmpp_bridge.presence.json import seen_json
from xmpp_bridge.rooms.identifiers import RoomId, read_room_id
from xmpp_bridge.xmpp.errors import BadPayloadError

_MENTION = re.compile(r"(?<![\w@])@([^\s,;:!?()<>\[\]{}]+)")


@dataclass(frozen=True)
class RoomCard:
    """A room, who may be in it, and how much of it is unread."""

    id: RoomId
    jid: str
    name: str
    role: str
    notify: str
    read: StanzaId | None
    unread: int
    mentions: int
    direct: str | None
    """The bare JID of the other, where two people write to each other."""
    documents: tuple[Mapping[str, str], ...]
    members: tuple[Mapping[str, str], ...]
    recorded: str | None
    """By which policy what is said is recorded, if it is."""

    def person(self, jid: str) -> Sender:
        """Who somebody is; a member, as a rule."""
        for each in self.members:
            if each["jid"] == jid:
                return Sender(jid, each["display_name"], each["username"])
        return Sender(jid, called(jid, self.jid.partition("@rooms.")[2]))

    def person_json(self, jid: str) -> dict[str, Any]:
        person = self.person(jid)
        return {
            "username": person.hub_user,
            "display_name": person.display_name,
            "jid": person.jid,
        }

    def message_json(self, spoken: Spoken, me: str, *, delivered: bool) -> dict[str, Any]:
        """A message for the panel, which knows people by their hub user names."""
        people = (self.person(jid).hub_user for jid in spoken.message.mentions)
        mentions = [name for name in people if name is not None]
        return {**to_json(spoken, self.id, me, delivered=delivered), "mentions": mentions}

    def waiting_json(self, waiting: Waiting, me: str) -> dict[str, Any]:
        """A message that the room has not named yet."""
        spoken = Spoken(StanzaId(""), waiting.origin, waiting.at, self.person(me), waiting.message)
        return {**self.message_json(spoken, me, delivered=False), "id": None, "state": "waiting"}

    def mentioned(self, body: str) -> tuple[str, ...]:
        """The bare JIDs of members whose hub user names come behind an @."""
        names = {each["username"]: each["jid"] for each in self.members}
        found = (names.get(name) or names.get(name.rstrip(".")) for name in _MENTION.findall(body))
        return tuple(dict.fromkeys(jid for jid in found if jid is not None))

    def marked(self, mark: Any) -> RoomCard:
        """The card after the service has moved the mark."""
        return replace(self, **_mark(mark))

    def with_one_more(self, spoken: Spoken, me: str) -> RoomCard:
        """The card after somebody else has said something new."""
        if self.read is not None and not older(self.read, spoken.id):
            return self
        mentioned = int(me in spoken.message.mentions)
        return replace(self, unread=self.unread + 1, mentions=self.mentions + mentioned)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "jid": self.jid,
            "name": self.name,
            "role": self.role,
            "direct": None if self.direct is None else self.person_json(self.direct),
            "unread": self.unread,
            "mentions": self.mentions,
            "read": self.read,
            "notify": self.notify,
            "documents": [dict(each) for each in self.documents],
            "members": [dict(each) for each in self.members],
            "recorded": self.recorded,
        }

    def bookmark(self, nick: str) -> Bookmark:
        """The room as the owner's other clients are to find it."""
        name = self.name if self.direct is None else self.person(self.direct).display_name
        return Bookmark(self.jid, name, nick)

    def occupants_frame(self, people: Mapping[str, Seen]) -> dict[str, Any]:
        """Who is there, by bare JID, and how."""
        there = [self.person_json(jid) | seen_json(seen) for jid, seen in sorted(people.items())]
        return {"kind": "occupants", "room": self.id, "people": there}

    def read_frame(self) -> dict[str, Any]:
        """What changed of the mark."""
        return {
            "kind": "read",
            "room": self.id,
            "id": self.read,
            "unread": self.unread,
            "mentions": self.mentions,
        }


def stranger(jid: str) -> Sender:
    """Somebody whom the list does not name."""
    return Sender(jid, jid.partition("@")[0])


def read_cards(raw: Any) -> dict[RoomId, RoomCard]:
    """Parse the service's list of rooms, or raise `BadPayloadError`."""
    try:
        cards = [_card(each) for each in raw]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadPayloadError("the hub service's answer is not a list of rooms") from error
    return {card.id: card for card in cards}


def _card(raw: Any) -> RoomCard:
    return RoomCard(
        id=read_room_id(raw["id"]),
        jid=str(raw["jid"]),
        name=str(raw["name"]),
        role=str(raw["role"]),
        direct=raw["direct"] and str(raw["direct"]["jid"]),
        documents=tuple(
            {key: str(each[key]) for key in ("id", "name", "type")} for each in raw["documents"]
        ),
        members=tuple(
            {
                "username": str(each["hub_user"]),
                "display_name": str(each["display_name"]),
                "jid": str(each["jid"]),
                "role": str(each["role"]),
            }
            for each in raw["members"]
        ),
        recorded=None if raw.get("recorded") is None else str(raw["recorded"]["policy"]),
        **_mark(raw),
    )


def _mark(raw: Any) -> dict[str, Any]:
    return {
        "read": None if raw["read"] is None else read_stanza_id(raw["read"]),
        "unread": int(raw["unread"]),
        "mentions": int(raw["mentions"]),
        "notify": str(raw["notify"]),
    }
