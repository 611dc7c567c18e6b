"""A message and what was done to it since."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from xmpp_bridge.chat.message import (
    CellReference,
    ChatMessage,
    Correction,
    OriginId,
    Reaction,
    Resolution,
    Retraction,
    Said,
    StanzaId,
)
from xmpp_bridge.chat.spoken import Quote, Sender, Spoken, folded, from_json, to_json
from xmpp_bridge.xmpp.errors import BadPayloadError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROMEO = Sender("romeo@montague.lit", "Romeo Montague", "romeo")
TYBALT = Sender("tybalt@montague.lit", "Tybalt")
SOFT = Spoken(StanzaId("7"), OriginId("c1"), NOON, ROMEO, ChatMessage("But soft"))


def test_the_author_corrects() -> None:
    later = folded(SOFT, Correction(OriginId("c1"), "But hark"), ROMEO, NOON)
    assert (later.message.body, later.edited) == ("But hark", NOON)


@pytest.mark.parametrize(
    "said",
    [
        Correction(OriginId("c1"), "I hate thee"),
        Retraction(StanzaId("7")),
        Retraction(OriginId("c1")),
    ],
)
def test_nobody_else_changes_it(said: Said) -> None:
    assert folded(SOFT, said, TYBALT, NOON) == SOFT


@pytest.mark.parametrize(
    "said",
    [
        Correction(OriginId("c2"), "x"),
        Retraction(StanzaId("8")),
        Reaction(StanzaId("8"), ("👍",)),
        Resolution(StanzaId("8"), resolved=True),
    ],
)
def test_what_is_about_another_changes_nothing(said: Said) -> None:
    assert folded(SOFT, said, ROMEO, NOON) == SOFT


@pytest.mark.parametrize("target", [StanzaId("7"), OriginId("c1")])
def test_what_was_taken_back_says_nothing_and_stays_so(target: StanzaId | OriginId) -> None:
    taken = folded(SOFT, Retraction(target), ROMEO, NOON)
    assert (taken.message.body, taken.retracted_by) == ("", "Romeo Montague")
    assert folded(taken, Correction(OriginId("c1"), "again"), ROMEO, NOON) == taken


def test_a_reaction_replaces_the_one_before() -> None:
    liked = folded(SOFT, Reaction(StanzaId("7"), ("👍", "🎉")), TYBALT, NOON)
    liked = folded(liked, Reaction(StanzaId("7"), ("👍",)), ROMEO, NOON)
    liked = folded(liked, Reaction(StanzaId("7"), ("🎉",)), TYBALT, NOON)
    assert liked.reactions == {"👍": (ROMEO,), "🎉": (TYBALT,)}
    assert folded(liked, Reaction(StanzaId("7"), ()), TYBALT, NOON).reactions == {"👍": (ROMEO,)}


def test_what_is_encrypted_is_told_and_read_back() -> None:
    spoken = replace(SOFT, message=ChatMessage("", encryption="OMEMO"))
    told = json.loads(json.dumps(to_json(spoken, "orchard", ROMEO.jid, delivered=True)))
    assert told["encryption"] == "OMEMO"
    assert from_json(told) == spoken


def test_json_and_back() -> None:
    cell = CellReference("0" * 32, "a1", "daylight.ipynb", "plot()")
    spoken = replace(
        SOFT,
        message=ChatMessage("But soft", StanzaId("3"), ("juliet@montague.lit",), cell),
        quote=Quote(StanzaId("3"), "Juliet", "Ay me"),
        edited=NOON,
        reactions={"👍": (TYBALT,)},
        resolved=True,
    )
    raw = json.loads(json.dumps(to_json(spoken, "r", ROMEO.jid, delivered=True)))
    assert from_json(raw) == spoken
    assert raw["sender"]["me"]
    assert raw["client_id"] == "c1"
    assert not raw["reactions"][0]["mine"]


@pytest.mark.parametrize("raw", [None, {}, {"id": "7"}, {"id": 7, "body": []}])
def test_anything_else_is_refused(raw: object) -> None:
    with pytest.raises(BadPayloadError):
        from_json(raw)
