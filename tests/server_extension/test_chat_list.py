"""The list of rooms: who is mentioned, what is unread, and what is no list at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from xmpp_bridge.chat.message import ChatMessage, StanzaId
from xmpp_bridge.chat.spoken import Sender, Spoken
from xmpp_bridge.server_extension.chat_list import RoomCard, read_cards
from xmpp_bridge.xmpp.errors import BadPayloadError

ROMEO, JULIET = "romeo@montague.lit", "juliet@montague.lit"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def raw(**changes: Any) -> dict[str, Any]:
    people = [
        {"hub_user": name, "display_name": name.title(), "jid": jid, "role": "editor"}
        for name, jid in (("romeo", ROMEO), ("juliet", JULIET), ("a.b", "a.b@montague.lit"))
    ]
    room = {"id": "0" * 32, "jid": "orchard@rooms.montague.lit", "name": "Orchard", "role": "owner"}
    mark = {"direct": None, "read": "5", "unread": 0, "mentions": 0, "notify": "mentions"}
    return {**room, **mark, "members": people, "documents": [], **changes}


def card() -> RoomCard:
    (found,) = read_cards([raw()]).values()
    return found


@pytest.mark.parametrize(
    ("body", "mentioned"),
    [
        ("@juliet", (JULIET,)),
        ("O @romeo, @romeo! Wherefore art thou @romeo?", (ROMEO,)),
        ("so @juliet.", (JULIET,)),
        ("@a.b and @juliet", ("a.b@montague.lit", JULIET)),
        ("mail me at me@romeo", ()),
        ("@tybalt @@juliet", ()),
    ],
)
def test_whoever_comes_behind_an_at_is_mentioned(body: str, mentioned: tuple[str, ...]) -> None:
    assert card().mentioned(body) == mentioned


def spoken(number: int, *mentions: str) -> Spoken:
    message = ChatMessage("Ay me", mentions=mentions)
    return Spoken(StanzaId(str(number)), None, NOON, Sender(JULIET, "Juliet"), message)


def test_what_is_new_is_unread_and_what_was_read_is_not() -> None:
    later = card().with_one_more(spoken(6, ROMEO), ROMEO).with_one_more(spoken(7), ROMEO)
    assert (later.unread, later.mentions) == (2, 1)
    assert later.with_one_more(spoken(5, ROMEO), ROMEO) == later
    read = later.marked({"read": "7", "unread": 0, "mentions": 0, "notify": "all"})
    assert read.read_frame() == {
        "kind": "read",
        "room": "0" * 32,
        "id": "7",
        "unread": 0,
        "mentions": 0,
    }


@pytest.mark.parametrize("answer", [None, [7], [{}], [raw(id="x")], [raw(read=7)]])
def test_anything_else_is_refused(answer: Any) -> None:
    with pytest.raises(BadPayloadError):
        read_cards(answer)


def test_a_room_says_by_which_policy_it_is_recorded() -> None:
    told = {"policy": "Auditors may read it.", "kept_days": None}
    for recorded, policy in (({"recorded": told}, told["policy"]), ({"recorded": None}, None)):
        (found,) = read_cards([raw(**recorded)]).values()
        assert found.to_json()["recorded"] == policy
    assert card().recorded is None
