"""An update in chunks is put together again, or nothing is; and nobody's memory is filled with what never ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmpp_bridge.documents.chunk import Assembly
from xmpp_bridge.documents.stanza import Chunk, ReplicaId, UpdateStanza

REPLICA, OTHER = ReplicaId("aaaaaaaa"), ReplicaId("bbbbbbbb")
DATA = bytes(range(100))


def cut(data: bytes, size: int, replica: ReplicaId = REPLICA, sequence: int = 7) -> list[Chunk]:
    offsets = range(0, len(data), size)
    return [
        Chunk(
            replica,
            offset,
            len(data),
            data[offset : offset + size],
            sequence if offset + size >= len(data) else None,
        )
        for offset in offsets
    ]


@given(st.binary(min_size=1, max_size=60), st.integers(1, 70), st.data())
def test_chunks_that_come_in_order_and_perhaps_twice_are_the_update(
    data: bytes, size: int, play: st.DataObject
) -> None:
    assembly, whole = Assembly(), None
    for chunk in cut(data, size):
        for _ in range(play.draw(st.integers(1, 2)) if chunk.sequence is None else 1):
            assert whole is None
            whole = assembly.take("romeo", chunk)

    assert whole == UpdateStanza(REPLICA, 7, data)
    assert assembly.size == 0


@given(st.integers(1, 40), st.data())
def test_without_one_of_its_chunks_there_is_no_update(size: int, play: st.DataObject) -> None:
    chunks = cut(DATA, size)
    del chunks[play.draw(st.integers(0, len(chunks) - 1))]
    assembly = Assembly()

    assert not any(assembly.take("romeo", chunk) for chunk in chunks)


def test_each_sender_has_their_own() -> None:
    assembly = Assembly()
    romeo, juliet = cut(DATA, 60), cut(DATA[::-1], 50, OTHER)
    for first in (("romeo", romeo[0]), ("juliet", juliet[0])):
        assert assembly.take(*first) is None

    assert assembly.take("romeo", romeo[1]) == UpdateStanza(REPLICA, 7, DATA)
    assert assembly.take("juliet", juliet[1]) == UpdateStanza(OTHER, 7, DATA[::-1])


@pytest.mark.parametrize(
    "stranger",
    [
        Chunk(REPLICA, 60, 99, DATA[60:99], 7),
        Chunk(REPLICA, 61, 100, DATA[61:], 7),
    ],
    ids=["another total", "a hole"],
)
def test_what_does_not_continue_ends_what_was_unfinished(stranger: Chunk) -> None:
    assembly, (first, last) = Assembly(), cut(DATA, 60)
    assembly.take("romeo", first)

    assert assembly.take("romeo", stranger) is None
    assert assembly.take("romeo", last) is None
    assert assembly.size == 0


def test_beginning_anew_forgets_what_was_begun() -> None:
    assembly = Assembly()
    assembly.take("romeo", cut(DATA, 60)[0])

    whole = [assembly.take("romeo", chunk) for chunk in cut(DATA[::-1], 60)]

    assert whole == [None, UpdateStanza(REPLICA, 7, DATA[::-1])]


def test_whoever_leaves_takes_along_what_they_had_not_finished() -> None:
    assembly, (first, last) = Assembly(), cut(DATA, 60)
    assembly.take("romeo", first)

    assembly.forget("romeo")

    assert assembly.size == 0
    assert assembly.take("romeo", last) is None


def test_many_who_never_finish_do_not_fill_the_memory() -> None:
    assembly = Assembly(most=300)
    for sender in range(50):
        assembly.take(sender, cut(DATA, 60)[0])
        assert assembly.size <= 300

    assert assembly.take(0, cut(DATA, 60)[1]) is None
    assert assembly.take(49, cut(DATA, 60)[1]) is not None
