"""What no stanza can carry of an answer to a sync is fetched in parts, while it stays as it was."""

from __future__ import annotations

import os

import pytest

from xmpp_bridge.documents.answers import MOST_AT_ONCE, PATIENCE, Answers
from xmpp_bridge.documents.stanza import SyncAnswer, SyncQuery, read_payload, to_xml
from xmpp_bridge.xmpp.encoding import fits
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError, TooLargeError

VECTOR = b"\x01\x05\x07"
LIMIT = 1000


class Desk:
    """A server with a large document."""

    def __init__(self) -> None:
        self.answers = Answers(limit=LIMIT)
        self.document = os.urandom(5000)
        self.now = 0.0

    def ask(self, nick: str, offset: int = 0) -> SyncAnswer:
        query = SyncQuery(b"\x00", offset)
        answer = self.answers.answer(nick, query, self.now, lambda: (VECTOR, self.document))
        assert fits(answer.update, LIMIT)
        assert read_payload([to_xml(answer)]) == answer
        return answer


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_small_answer_comes_as_ever(desk: Desk) -> None:
    desk.document = b"\x00\x00"

    assert desk.ask("romeo") == SyncAnswer(VECTOR, b"\x00\x00")


def test_a_large_answer_is_what_it_was_when_it_was_asked_for(desk: Desk) -> None:
    before, fetched = desk.document, b""
    while len(fetched) < len(before):
        part = desk.ask("romeo", len(fetched))
        assert (part.offset, part.total, part.state_vector) == (len(fetched), len(before), VECTOR)
        fetched += part.update
        desk.document = os.urandom(5000)

    assert fetched == before
    with pytest.raises(NotFoundError):
        desk.ask("romeo", 750)


def test_two_askers_have_an_answer_each(desk: Desk) -> None:
    romeos = desk.document
    desk.ask("romeo")
    desk.document = os.urandom(5000)
    desk.ask("juliet")

    assert desk.ask("romeo", 750).update == romeos[750:1500]


def test_whoever_comes_when_too_many_are_answered_asks_somebody_else(desk: Desk) -> None:
    for number in range(MOST_AT_ONCE):
        desk.ask(f"nurse-{number}")
    with pytest.raises(TooLargeError):
        desk.ask("romeo")

    desk.answers.left("nurse-0")

    desk.ask("romeo")


def test_what_nobody_fetches_is_forgotten(desk: Desk) -> None:
    desk.ask("romeo")
    desk.now += PATIENCE + 1

    with pytest.raises(NotFoundError):
        desk.ask("romeo", 750)


def test_nothing_comes_after_the_end(desk: Desk) -> None:
    desk.ask("romeo")

    with pytest.raises(BadPayloadError):
        desk.ask("romeo", 5000)
