"""What an update carries, held against what pycrdt makes of the same bytes."""

from __future__ import annotations

import time
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text, merge_updates

from tests.depth import DEPTH
from tests.documents.edits import Writer
from xmpp_bridge.documents.update import (
    EMPTY_STATE_VECTOR,
    EMPTY_UPDATE,
    Deletes,
    Structs,
    beyond,
    brings_news,
    missing,
    read_state_vector,
    read_update,
    write_state_vector,
)
from xmpp_bridge.lib0 import write_blob, write_uint
from xmpp_bridge.xmpp.errors import BadPayloadError

ROMEO, JULIET = 7, 2**53 - 1


def block(client: int, clock: int, *structs: bytes) -> bytes:
    return write_uint(len(structs)) + write_uint(client) + write_uint(clock) + b"".join(structs)


def update(*blocks: bytes, deletes: bytes = b"\x00") -> bytes:
    return write_uint(len(blocks)) + b"".join(blocks) + deletes


def typed(text: str, *, after: tuple[int, int] | None = None) -> bytes:
    if after is None:
        return b"\x04\x01" + write_blob(b"source") + write_blob(text.encode())
    return b"\x84" + write_uint(after[0]) + write_uint(after[1]) + write_blob(text.encode())


def test_a_keystroke_is_a_range_that_leans_on_the_one_before() -> None:
    contents = read_update(update(block(JULIET, 5, typed("o", after=(ROMEO, 3)))))

    assert contents.structs == (Structs(JULIET, 5, 6),)
    assert contents.deletes == ()
    assert contents.leans_on == {ROMEO: 4}
    assert contents.clients == {JULIET}


def test_neighbouring_structs_are_one_range_and_holes_are_none() -> None:
    skip, gc = b"\x0a\x03", b"\x00\x02"

    contents = read_update(update(block(ROMEO, 0, typed("ab"), gc, skip, typed("c"))))

    assert contents.structs == (Structs(ROMEO, 0, 4), Structs(ROMEO, 7, 8))


def test_text_counts_as_in_javascript() -> None:
    assert read_update(update(block(ROMEO, 0, typed("é𝄞")))).structs == (Structs(ROMEO, 0, 3),)


def test_deletions_are_read_by_client() -> None:
    deletes = b"\x01" + write_uint(ROMEO) + b"\x02\x00\x02\x05\x01"

    contents = read_update(update(deletes=deletes))

    assert contents.deletes == (Deletes(ROMEO, 0, 2), Deletes(ROMEO, 5, 6))
    assert not contents.is_empty


def test_the_empty_update_is_empty() -> None:
    assert read_update(EMPTY_UPDATE).is_empty
    assert read_state_vector(EMPTY_STATE_VECTOR) == {}


@pytest.mark.parametrize(
    ("why", "data"),
    [
        ("nothing at all", b""),
        ("no delete set", b"\x00"),
        ("something behind the end", EMPTY_UPDATE + b"\x00"),
        ("a client that comes twice", update(block(1, 0, typed("a")), block(1, 1, typed("b")))),
        ("an empty struct", update(block(1, 0, typed("")))),
        ("an empty hole", update(block(1, 0, b"\x0a\x00"))),
        ("a hole that hangs on something", update(block(1, 0, b"\x80\x01"))),
        ("a clock that yrs cannot count", update(block(1, 2**32 - 2, typed("ab")))),
        ("a weak link", update(block(1, 0, b"\x07\x01\x01a\x07"))),
        ("a move, which browsers do not know", update(block(1, 0, b"\x0b\x01\x01a\x00\x00\x00"))),
        ("a parent neither named nor linked", update(block(1, 0, b"\x04\x02\x01a\x01a"))),
        ("an embed that is not JSON", update(block(1, 0, b"\x05\x01\x01a\x01{"))),
        ("an embed that is JSON to Python only", update(block(1, 0, b"\x05\x01\x01a\x03NaN"))),
        ("a value of no kind", update(block(1, 0, b"\x08\x01\x01a\x01\x01"))),
        ("an endless number of structs", b"\x01" + write_uint(2**53 - 1) + b"\x01\x00"),
        ("an empty deletion", update(deletes=b"\x01\x01\x01\x00\x00")),
    ],
)
def test_refused_is(why: str, data: bytes) -> None:
    with pytest.raises(BadPayloadError):
        read_update(data)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_be_refused(data: bytes) -> None:
    try:
        read_update(data)
    except BadPayloadError:
        return


@settings(deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=3),
)
def test_no_damaged_update_does_worse_than_be_refused(
    random: Random, damage: list[tuple[int, int]]
) -> None:
    writer = Writer(random, ROMEO)
    writer.edit()
    damaged = bytearray(writer.doc.get_update())
    for at, byte in damage:
        damaged[at % len(damaged)] = byte
    try:
        read_update(bytes(damaged))
    except BadPayloadError:
        return


def vector(doc: Doc[Any]) -> dict[int, int]:
    return read_state_vector(doc.get_state())


@settings(max_examples=40 * DEPTH, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_structs_of_an_update_are_what_moves_the_state_vector(random: Random) -> None:
    writers = [Writer(random, client) for client in (ROMEO, JULIET)]
    for _ in range(6):
        writer, other = random.sample(writers, 2)
        before, seen = vector(writer.doc), len(writer.updates)
        writer.edit()
        after = vector(writer.doc)
        moved = {(c, before.get(c, 0), k) for c, k in after.items() if k != before.get(c, 0)}
        made = [read_update(update) for update in writer.updates[seen:]]
        assert {tuple(run) for contents in made for run in contents.structs} == moved
        assert not any(missing(contents, before) for contents in made)
        if random.random() < 0.5:
            other.doc.apply_update(writer.doc.get_update(other.doc.get_state()))


@settings(max_examples=40 * DEPTH, deadline=None)
@given(st.randoms(use_true_random=False))
def test_missing_tells_exactly_when_pycrdt_cannot_integrate(random: Random) -> None:
    writers = [Writer(random, client) for client in (ROMEO, JULIET)]
    for _ in range(8):
        writer, other = random.sample(writers, 2)
        writer.edit()
        if random.random() < 0.4:
            other.doc.apply_update(writer.doc.get_update(other.doc.get_state()))
    updates = [update for writer in writers for update in writer.updates]
    replica: Doc[Any] = Doc()
    for update in random.sample(updates, len(updates)):
        contents = read_update(update)
        before = vector(replica)
        if missing(contents, before):
            fork: Doc[Any] = Doc()
            fork.apply_update(replica.get_update())
            fork.apply_update(update)
            assert has_pending(fork, update)
            continue
        replica.apply_update(update)
        after = vector(replica)
        assert all(after[client] >= end for client, _, end in contents.structs)
        assert brings_news(contents, before) or after == before


def has_pending(doc: Doc[Any], update: bytes) -> bool:
    """Whether `doc` could not take all of `update`: its own encoding then lacks something of it."""
    there, wanted = read_update(doc.get_update()), read_update(update)
    reached = vector(doc)
    if any(reached.get(client, 0) < end for client, _, end in wanted.structs):
        return True
    return any(
        not any(
            d.client == w.client and d.start <= w.start and w.end <= d.end for d in there.deletes
        )
        for w in wanted.deletes
    )


@settings(max_examples=40 * DEPTH, deadline=None)
@given(st.randoms(use_true_random=False))
def test_merged_updates_are_read_like_their_parts(random: Random) -> None:
    writer = Writer(random, ROMEO)
    for _ in range(6):
        writer.edit()
    parts = random.sample(writer.updates, random.randint(2, len(writer.updates)))

    merged = read_update(merge_updates(*parts))

    clocks = {clock for run in merged.structs for clock in range(run.start, run.end)}
    assert clocks == {
        clock
        for part in parts
        for run in read_update(part).structs
        for clock in range(run.start, run.end)
    }


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 2**53 - 1), st.integers(0, 2**32)))
def test_state_vectors_are_read_as_they_were_written(clocks: dict[int, int]) -> None:
    assert read_state_vector(write_state_vector(clocks)) == clocks


def test_a_large_update_is_read_in_time_that_grows_with_its_size() -> None:
    """Five megabytes in one output, as an image is, must not stop a server's event loop for long."""
    doc: Doc[Any] = Doc()
    text = doc.get("text", type=Text)
    text += "x" * 5_000_000
    data = doc.get_update()

    started = time.perf_counter()
    read_update(data)

    assert time.perf_counter() - started < 0.5


def test_what_reads_well_and_yjs_cannot_cut_is_refused_all_the_same() -> None:
    update = bytes.fromhex("01010900a7050205027a7a0105010002")
    read_update(update)
    with pytest.raises(BadPayloadError):
        beyond(update, write_state_vector({5: 1, 9: 0}))
