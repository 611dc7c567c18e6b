"""Updates that several have made, cut into what each of them wrote."""

from __future__ import annotations

import random

import pycrdt
import pytest

from tests.documents.writers import Writer, random_edits, text_of
from xmpp_bridge.documents.split import only_deletes, split
from xmpp_bridge.documents.update import EMPTY_UPDATE, Deletes, read_update, with_deletes
from xmpp_bridge.xmpp.errors import BadPayloadError


@pytest.mark.parametrize("seed", range(100))
def test_the_pieces_one_after_the_other_are_the_whole(seed: int) -> None:
    random_ = random.Random(seed)
    writers = [Writer(client) for client in (1, 2, 3)]
    random_edits(random_, writers)
    heard: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    for writer in writers:
        heard.apply_update(writer.doc.get_update())
    whole = heard.get_update()

    again: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    reached: dict[int, int] = {}
    for piece in split(whole, lambda struct: struct.client % 2):
        contents = read_update(piece.update)
        assert {client % 2 for client in contents.clients} == {piece.kind}
        # Nothing is left waiting, or yrs would hide it.
        assert all(
            reached.get(client, 0) >= clock
            for client, clock in contents.leans_on.items()
            if client not in contents.clients
        )
        reached |= {client: end for client, _, end in contents.structs}
        again.apply_update(piece.update)
    again.apply_update(only_deletes(read_update(whole).deletes))
    assert text_of(again.get_update()) == text_of(whole)
    assert again.get_state() == heard.get_state()


def test_there_are_as_few_as_it_takes() -> None:
    romeo, juliet = Writer(1), Writer(2)
    for _ in range(3):
        romeo.write("a", "b")
        juliet.doc.apply_update(romeo.doc.get_update(juliet.doc.get_state()))
        juliet.write("c", "d")
        romeo.doc.apply_update(juliet.doc.get_update(romeo.doc.get_state()))
    pieces = split(romeo.doc.get_update(), lambda struct: struct.client)
    assert [piece.kind for piece in pieces] == [1, 2, 1, 2, 1, 2]


def test_an_update_that_brings_nothing_has_no_pieces() -> None:
    assert split(EMPTY_UPDATE, lambda struct: struct.client) == []
    deletes = only_deletes([Deletes(1, 0, 2)])
    assert split(deletes, lambda struct: struct.client) == []
    assert deletes == with_deletes(EMPTY_UPDATE, [Deletes(1, 0, 2)])


def test_structs_that_hang_on_each_other_in_a_circle_are_refused() -> None:
    # A letter of client 2 behind one of client 1, which stands behind that letter.
    first, second = (
        bytes([1, client, 0, 0x84, other, 0, 1, 0x61]) for client, other in ((2, 1), (1, 2))
    )
    with pytest.raises(BadPayloadError):
        split(b"\x02" + first + second + b"\x00", lambda struct: struct.client)
