"""A document, or one cell of it, becomes what it was, and what others write meanwhile stays."""

from __future__ import annotations

from random import Random
from typing import Any

import pycrdt
import pytest

from tests.documents.notebooks import JULIET, ROMEO, Playwright, cells_of, new_cell
from xmpp_bridge.documents.restoration import content_of, restoration
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError


def restored(state: bytes, was: Any, cells: set[str] | None = None) -> bytes:
    update = restoration(state, was, "notebook", cells)
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc.apply_update(state)
    if update is not None:
        doc.apply_update(update)
    return doc.get_update()


@pytest.mark.parametrize("seed", range(30))
def test_all_of_it_is_what_it_was(seed: int) -> None:
    play = Playwright(Random(seed))
    play.edits(JULIET, 8)
    was = content_of(play.state, "notebook")
    play.edits(ROMEO, 12)
    assert content_of(restored(play.state, was), "notebook") == was


def test_what_is_so_already_is_not_written() -> None:
    play = Playwright(Random(1))
    play.edits(JULIET, 8)
    assert restoration(play.state, content_of(play.state, "notebook"), "notebook") is None


def test_one_cell_is_what_it_was_and_no_other() -> None:
    play = Playwright(Random(1))
    for name in ("one", "two"):
        play.do(JULIET, lambda cells, name=name: cells.append(new_cell(name, name)))
    was = content_of(play.state, "notebook")
    for number in (0, 1):
        play.do(ROMEO, lambda cells, number=number: cells[number]["source"].insert(0, "not "))
    found = cells_of(restored(play.state, was, {"one"}))
    assert [cell["source"] for cell in found] == ["one", "not two"]


def test_a_cell_that_is_gone_comes_back_where_it_was() -> None:
    play = Playwright(Random(1))
    for name in ("one", "two", "three"):
        play.do(JULIET, lambda cells, name=name: cells.append(new_cell(name, name)))
    was = content_of(play.state, "notebook")
    play.do(ROMEO, lambda cells: cells.pop(1))
    play.do(ROMEO, lambda cells: cells.insert(1, new_cell("new", "new")))
    found = cells_of(restored(play.state, was, {"two"}))
    assert [cell["id"] for cell in found] == ["one", "two", "new", "three"]
    play.do(ROMEO, lambda cells: cells.pop(0))
    found = cells_of(restored(play.state, was, {"one"}))
    assert [cell["id"] for cell in found] == ["one", "new", "three"]


def test_what_others_write_meanwhile_stays() -> None:
    play = Playwright(Random(1))
    play.do(JULIET, lambda cells: cells.append(new_cell("one", "soft")))
    was, then = content_of(play.state, "notebook"), play.state
    play.do(ROMEO, lambda cells: cells[0]["source"].insert(0, "But "))
    update = restoration(play.state, was, "notebook")
    play.do(JULIET, lambda cells: cells[0]["source"].insert(8, "!"))
    assert update is not None
    assert cells_of(play.state, update)[0]["source"] == "soft!"
    assert cells_of(then)[0]["source"] == "soft"


def test_a_text_is_what_it_was() -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    text = doc.get("source", type=pycrdt.Text)
    text.insert(0, "But soft, what light")
    update = restoration(doc.get_update(), "But soft", "file")
    assert update is not None
    doc.apply_update(update)
    assert str(text) == "But soft"


@pytest.mark.parametrize(
    "was", ["no notebook", None, {}, {"cells": 3}, {"cells": ["x"]}, {"cells": [{"source": 1}]}]
)
def test_what_is_no_notebook_is_refused(was: Any) -> None:
    play = Playwright(Random(1))
    play.edits(JULIET, 3)
    with pytest.raises(BadPayloadError):
        restoration(play.state, was, "notebook")
    with pytest.raises(BadPayloadError):
        restoration(play.state, {"cells": []}, "file")


def test_a_cell_that_never_was_is_not_found() -> None:
    play = Playwright(Random(1))
    play.edits(JULIET, 3)
    with pytest.raises(NotFoundError):
        restoration(play.state, content_of(play.state, "notebook"), "notebook", {"none"})
