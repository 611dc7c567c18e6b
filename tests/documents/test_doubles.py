"""Cells that two people moved at the same time."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jupyter_ydoc import YNotebook
from pycrdt import Doc

from demo import edits
from xmpp_bridge.documents.doubles import undouble


def notebook(*names: str) -> YNotebook:
    made = YNotebook()
    cells = [{**edits.code_cell(name), "id": name} for name in names]
    made.set({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return made


def replica_of(original: YNotebook) -> YNotebook:
    doc: Doc[Any] = Doc()
    doc.apply_update(original.ydoc.get_update())
    return YNotebook(doc)


def exchange(*notebooks: YNotebook) -> None:
    updates = [each.ydoc.get_update() for each in notebooks]
    for each in notebooks:
        for update in updates:
            each.ydoc.apply_update(update)


def test_two_moves_at_once_leave_one_cell() -> None:
    romeo = notebook("a", "b", "c")
    juliet = replica_of(romeo)
    edits.move_cell(romeo, 0, 2)
    edits.move_cell(juliet, 0, 1)
    exchange(romeo, juliet)
    assert len(romeo.ycells) == 4
    assert undouble(romeo.ydoc)
    assert undouble(juliet.ydoc)
    exchange(romeo, juliet)
    assert sorted(edits.cell_ids(romeo)) == ["a", "b", "c"]
    assert edits.cell_ids(romeo) == edits.cell_ids(juliet)


def test_a_clone_that_somebody_typed_into_is_kept_under_another_id() -> None:
    romeo = notebook("a", "b")
    juliet = replica_of(romeo)
    edits.move_cell(romeo, 0, 1)
    edits.move_cell(juliet, 0, 1)
    edits.append_text(juliet, 1, " and more")
    exchange(romeo, juliet)
    undouble(romeo.ydoc)
    assert len(set(edits.cell_ids(romeo))) == len(romeo.ycells) == 3
    assert "a and more" in edits.sources(romeo)


def test_a_notebook_without_clones_is_left_alone() -> None:
    romeo = notebook("a", "b")
    before = romeo.ydoc.get_state()
    assert not undouble(romeo.ydoc)
    assert romeo.ydoc.get_state() == before


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 3)), max_size=8),
    st.permutations([0, 1, 2]),
)
def test_whoever_undoubles_whatever_they_have_seen_no_cell_is_lost(
    moves: list[tuple[int, int, int]], order: list[int]
) -> None:
    first = notebook("a", "b", "c", "d")
    people = [first, replica_of(first), replica_of(first)]
    for who, start, stop in moves:
        edits.move_cell(people[who], start, stop)
    exchange(people[order[0]], people[order[1]])
    undouble(people[order[0]].ydoc)
    exchange(people[order[1]], people[order[2]])
    undouble(people[order[2]].ydoc)
    exchange(*people)
    for each in people:
        undouble(each.ydoc)
    exchange(*people)
    assert sorted(edits.cell_ids(people[0])) == ["a", "b", "c", "d"]
    assert edits.cell_ids(people[0]) == edits.cell_ids(people[1]) == edits.cell_ids(people[2])
