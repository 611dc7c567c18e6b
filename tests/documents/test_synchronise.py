"""Whether there is anything to give, which decides whether everybody is called to sync."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Text

from xmpp_bridge.documents.synchronise import adds, merged
from xmpp_bridge.documents.update import EMPTY_UPDATE, Deletes, read_state_vector, read_update


def pair() -> tuple[Doc[Text], Doc[Text]]:
    romeo: Doc[Text] = Doc()
    romeo["source"] = Text("But soft")
    juliet: Doc[Text] = Doc()
    juliet.apply_update(romeo.get_update())
    return romeo, juliet


def gives(romeo: Doc[Text], juliet: Doc[Text]) -> bool:
    """Whether romeo has something for juliet."""
    known = read_state_vector(juliet.get_state())
    mine = read_update(romeo.get_update(juliet.get_state()))
    theirs = read_update(juliet.get_update(romeo.get_state()))
    return adds(mine, known, theirs)


def test_equal_replicas_have_nothing_to_give() -> None:
    romeo, juliet = pair()
    del romeo["source"][0:2]
    juliet.apply_update(romeo.get_update())
    assert not gives(romeo, juliet)
    assert not gives(juliet, romeo)


def test_new_text_is_something_to_give() -> None:
    romeo, juliet = pair()
    romeo["source"] += ", what light"
    assert gives(romeo, juliet)
    assert not gives(juliet, romeo)


def test_a_deletion_is_something_to_give() -> None:
    romeo, juliet = pair()
    del romeo["source"][0:2]
    assert gives(romeo, juliet)
    assert not gives(juliet, romeo)


def test_what_waits_there_already_is_not_given_again() -> None:
    romeo, juliet = pair()
    waiting = read_update(romeo.get_update())
    assert adds(waiting, {}, read_update(EMPTY_UPDATE))
    assert not adds(waiting, {}, waiting)
    romeo["source"] += ", what light"
    assert adds(read_update(romeo.get_update()), {}, waiting)
    assert not adds(waiting, read_state_vector(juliet.get_state()), read_update(EMPTY_UPDATE))


ranges = st.lists(st.tuples(st.integers(1, 2), st.integers(0, 20), st.integers(1, 5)))


@given(ranges, st.randoms())
def test_the_same_deletions_in_other_pieces_are_the_same(
    pieces: list[tuple[int, int, int]], random: object
) -> None:
    deletes = [Deletes(client, start, start + length) for client, start, length in pieces]
    units = [Deletes(d.client, at, at + 1) for d in deletes for at in range(d.start, d.end)]
    assert merged(deletes) == merged(units)
