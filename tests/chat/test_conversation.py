"""What one server knows of a conversation, and what becomes of it as more is heard."""

from __future__ import annotations

from xmpp_bridge.chat.conversation import MOST, Conversation
from xmpp_bridge.chat.heard import Heard
from xmpp_bridge.chat.message import (
    ChatMessage,
    Correction,
    OriginId,
    Reaction,
    Said,
    StanzaId,
)
from xmpp_bridge.chat.spoken import Sender

ROMEO = Sender("romeo@montague.lit", "Romeo", "romeo")
TYBALT = Sender("tybalt@montague.lit", "Tybalt", "tybalt")


def heard(number: int, sender: Sender, said: Said) -> Heard:
    return Heard(StanzaId(str(number)), sender.jid, OriginId(f"o{number}"), said)


def test_what_is_said_is_new_once() -> None:
    talk = Conversation()
    line = heard(1, ROMEO, ChatMessage("But soft"))
    spoken = talk.hear(line, ROMEO)
    assert spoken is not None
    assert spoken.message.body == "But soft"
    assert talk.hear(line, ROMEO) is None
    assert talk.newest == "1"


def test_what_is_said_about_it_changes_it() -> None:
    talk = Conversation()
    talk.hear(heard(1, ROMEO, ChatMessage("But sof")), ROMEO)
    changed = talk.hear(heard(2, ROMEO, Correction(OriginId("o1"), "But soft")), ROMEO)
    assert changed is not None
    assert (changed.id, changed.message.body) == ("1", "But soft")
    liked = talk.hear(heard(3, TYBALT, Reaction(StanzaId("1"), ("👍",))), TYBALT)
    assert liked is not None
    assert liked.reactions == {"👍": (TYBALT,)}


def test_nobody_corrects_another_by_using_their_id() -> None:
    talk = Conversation()
    talk.hear(heard(1, ROMEO, ChatMessage("I love thee")), ROMEO)
    forged = heard(2, TYBALT, Correction(OriginId("o1"), "I hate thee"))
    assert talk.hear(forged, TYBALT) is None
    known = talk[StanzaId("1")]
    assert known is not None
    assert known.message.body == "I love thee"


def test_an_answer_quotes_what_is_known() -> None:
    talk = Conversation()
    talk.hear(heard(1, ROMEO, ChatMessage("But soft")), ROMEO)
    answer = talk.hear(heard(2, TYBALT, ChatMessage("What, ho", StanzaId("1"))), TYBALT)
    assert answer is not None
    assert answer.quote is not None
    assert answer.quote.body == "But soft"


def test_what_is_about_a_message_that_is_not_here_is_said_so() -> None:
    talk = Conversation()
    reaction = heard(9, TYBALT, Reaction(StanzaId("1"), ("👍",)))
    assert talk.hear(reaction, TYBALT) is None
    assert talk.about(reaction) == "1"


def test_it_does_not_grow_for_ever() -> None:
    talk = Conversation()
    for number in range(1, MOST + 11):
        talk.hear(heard(number, ROMEO, ChatMessage("x")), ROMEO)
    assert talk[StanzaId("10")] is None
    assert talk[StanzaId("11")] is not None
    assert len(talk._origins) == MOST


def test_an_archive_that_is_behind_takes_nothing_back() -> None:
    talk = Conversation()
    old = talk.hear(heard(1, ROMEO, ChatMessage("But sof")), ROMEO)
    assert old is not None
    new = talk.hear(heard(2, ROMEO, Correction(OriginId("o1"), "But soft")), ROMEO)
    assert talk.remember([old], StanzaId("1")) == [new]
    assert talk.remember([old], StanzaId("2")) == [old]


def test_what_was_heard_after_a_message_is_known_in_its_order() -> None:
    talk = Conversation()
    for number in (1, 2, 10):
        talk.hear(heard(number, ROMEO, ChatMessage("x")), ROMEO)
    assert [each.id for each in talk.since(StanzaId("1"))] == ["2", "10"]
