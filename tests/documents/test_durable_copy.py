from __future__ import annotations

import random
from collections.abc import Sequence

import pycrdt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.documents.writers import POISON, Writer, random_edits, text_of
from xmpp_bridge.documents.durable_copy import CannotIntegrateError, CopyCache, DurableCopy
from xmpp_bridge.documents.update import read_state_vector, read_update, without_clients
from xmpp_bridge.rooms.identifiers import new_document_id
from xmpp_bridge.xmpp.errors import BadPayloadError


def shuffled(random_: random.Random, writers: Sequence[Writer]) -> list[bytes]:
    """What they sent, in any order, some of it twice."""
    sent = [data for writer in writers for data in writer.updates]
    sent += random_.sample(sent, k=len(sent) // 3)
    random_.shuffle(sent)
    return sent


def assert_equals_yjs(copy: DurableCopy, writers: Sequence[Writer]) -> None:
    # In the order of each replica: plain yrs is not to be trusted with any other.
    plain: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    for writer in writers:
        plain.apply_update(writer.doc.get_update())
    assert copy.waiting == []
    assert text_of(copy.diff()) == str(plain.get("text", type=pycrdt.Text))
    assert read_state_vector(copy.state_vector()) == read_state_vector(plain.get_state())


@given(st.randoms(use_true_random=False))
@settings(deadline=None)
def test_updates_in_any_order_and_twice_make_the_document_that_plain_yjs_makes(
    random_: random.Random,
) -> None:
    writers = [Writer(number) for number in (1, 2, 3)]
    random_edits(random_, writers)
    sent = shuffled(random_, writers)
    copy = DurableCopy()
    for number, data in enumerate(sent):
        copy.apply(number, data)
        if random_.random() < 0.2:  # a snapshot, and a restart
            waiting = copy.waiting
            copy = DurableCopy(copy.integrated(), number)
            for earlier in waiting:
                copy.apply(earlier, sent[earlier])

    assert_equals_yjs(copy, writers)


def test_what_two_wrote_into_each_others_text_comes_as_one_update_of_each() -> None:
    romeo, juliet, tybalt = Writer(1), Writer(2), Writer(3)
    for author, other in ((romeo, juliet), (juliet, romeo)) * 3:
        author.write("x")
        other.doc.apply_update(author.updates[-1])
    tybalt.write("aside")
    both = romeo.doc.get_update()
    romeos, juliets = (without_clients(both, read_update(both), {client}) for client in (2, 1))
    copy = DurableCopy()
    copy.apply(1, romeos)
    assert copy.waiting == [1]
    copy.apply(2, tybalt.updates[0])
    copy.apply(3, juliets)

    assert copy.waiting == []
    assert read_state_vector(copy.state_vector()) == {1: 3, 2: 3, 3: 5}


def test_an_order_in_which_yrs_never_looks_again_at_what_it_held_back() -> None:
    romeo, juliet = Writer(1), Writer(2)
    for place, letter in zip((0, 0, 2, 1), "dabc", strict=True):
        romeo.text.insert(place, letter)
    first, second, third, fourth = romeo.updates
    copy = DurableCopy()
    yrs: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    in_this_order = [fourth, first, third, *juliet.write("!"), second, *juliet.write("?")]
    for number, data in enumerate(in_this_order):
        copy.apply(number, data)
        yrs.apply_update(data)

    assert read_state_vector(copy.state_vector()) == {1: 4, 2: 2}
    # COMPAT(pycrdt 0.14): when this fails, yrs has learned it, and DurableCopy can be simpler.
    assert read_state_vector(yrs.get_state()) == {1: 3, 2: 2}


def test_what_waits_is_part_of_a_diff_and_not_of_the_vector() -> None:
    romeo = Writer(1)
    first, second, third = romeo.write("But ", "soft, ", "what")
    copy = DurableCopy()
    copy.apply(1, first)
    copy.apply(2, third)

    assert copy.waiting == [2]
    assert text_of(copy.integrated()) == "But "
    assert read_state_vector(copy.state_vector()) == {1: 4}
    newcomer: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    newcomer.apply_update(copy.diff())
    newcomer.apply_update(second)
    assert str(newcomer.get("text", type=pycrdt.Text)) == "But soft, what"


def test_whoever_brings_the_missing_piece_is_not_blamed_for_what_waited_for_it() -> None:
    romeo = Writer(1)
    [insertion] = romeo.write("a")
    copy = DurableCopy()
    copy.apply(7, POISON)  # hangs on a letter of Romeo's that is still to come
    assert copy.waiting == [7]

    with pytest.raises(CannotIntegrateError) as failure:
        copy.apply(8, insertion)

    assert failure.value.row_id == 7


@pytest.mark.parametrize("data", [b"", b"\x01", b"not an update"])
def test_what_is_no_update_is_refused(data: bytes) -> None:
    with pytest.raises(CannotIntegrateError):
        DurableCopy().apply(1, data)
    with pytest.raises(BadPayloadError):
        DurableCopy(data)


def test_the_copies_used_longest_ago_make_room() -> None:
    cache = CopyCache(max_bytes=50)
    ids = [new_document_id() for _ in range(3)]
    for number, document in enumerate(ids):
        copy = DurableCopy()
        copy.apply(1, Writer(number + 1).write("x" * 5)[0])
        cache.put(document, copy)

    found = [cache.take(document) for document in ids]

    assert found[0] is None
    assert None not in found[1:]
    assert [cache.take(document) for document in ids] == [None] * 3


def test_a_copy_larger_than_the_cache_is_kept_until_the_next_one() -> None:
    cache = CopyCache(max_bytes=1)
    document = new_document_id()
    copy = DurableCopy()
    copy.apply(1, Writer(1).write("x" * 100)[0])

    cache.put(document, copy)

    assert cache.take(document) is copy


def test_what_two_people_wrote_into_one_sentence_is_whole_when_each_has_given_theirs() -> None:
    romeo, juliet = Writer(1), Writer(2)
    for word in ("But ", "soft, ", "what "):
        romeo.write(word)
        juliet.doc.apply_update(romeo.doc.get_update(juliet.doc.get_state()))
        juliet.write("ay ")
        romeo.doc.apply_update(juliet.doc.get_update(romeo.doc.get_state()))
    whole = romeo.doc.get_update()
    contents = read_update(whole)
    his, hers = (without_clients(whole, contents, {client}) for client in (2, 1))
    copy = DurableCopy()

    copy.apply(1, his)
    assert copy.waiting == [1]
    assert copy.fitting({2: read_update(hers)}) == (frozenset({2}), {1: 15, 2: 9})
    copy.apply(2, hers)

    assert copy.waiting == []
    assert text_of(copy.integrated()) == "But ay soft, ay what ay "


def test_newcomers_get_the_same_bytes_until_something_is_taken_in() -> None:
    romeo = Writer(1)
    romeo.text.insert(0, "a")
    romeo.text.insert(1, "b")
    copy = DurableCopy()
    copy.apply(1, romeo.updates[0])
    first = copy.diff()
    assert copy.diff() is first

    copy.apply(2, romeo.updates[1])

    assert text_of(first) == "a"
    assert text_of(copy.diff()) == "ab"
