"""Whether two people can both be right about what somebody wrote."""

from __future__ import annotations

import random

import pycrdt
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.documents.writers import Writer, random_edits
from xmpp_bridge.documents.contradiction import contradicted


@given(st.randoms(use_true_random=False))
@settings(deadline=None)
def test_a_history_does_not_contradict_itself_in_whatever_pieces_it_came(
    random_: random.Random,
) -> None:
    writers = [Writer(number) for number in (1, 2, 3)]
    random_edits(random_, writers)
    everybody: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    for writer in writers:
        everybody.apply_update(writer.doc.get_update())
    for writer in writers:
        for update in writer.updates:
            assert not contradicted(update, everybody.get_update())
            assert not contradicted(everybody.get_update(), update)


def test_other_words_under_the_same_clocks_are_a_contradiction() -> None:
    juliet, forger = Writer(1), Writer(1)
    juliet.write("Deny thy father")
    forger.write("Deny thy ", "nurse!")
    assert contradicted(juliet.doc.get_update(), forger.doc.get_update())
    assert contradicted(forger.updates[1], juliet.doc.get_update())
    assert not contradicted(forger.updates[0], juliet.doc.get_update())


def test_the_same_words_in_another_place_are_a_contradiction() -> None:
    juliet, forger = Writer(1), Writer(1)
    juliet.write("ab", "c")
    forger.write("ab")
    forger.text.insert(0, "c")
    assert contradicted(juliet.doc.get_update(), forger.doc.get_update())


def test_of_what_was_deleted_nobody_has_to_know_what_it_was() -> None:
    juliet = Writer(1)
    before = juliet.write("Deny thy father")[0]
    del juliet.text[5:8]
    assert not contradicted(before, juliet.doc.get_update())


def test_values_are_compared_whatever_the_order_of_their_keys() -> None:
    def of(value: object) -> bytes:
        doc: pycrdt.Doc[pycrdt.Array[object]] = pycrdt.Doc(client_id=1)
        doc.get("cells", type=pycrdt.Array).append(value)
        return doc.get_update()

    assert not contradicted(of({"a": 1, "b": 2}), of({"b": 2, "a": 1}))
    assert contradicted(of({"a": 1}), of({"a": 2}))
