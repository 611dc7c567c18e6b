"""Which cells somebody has changed, told from the update alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pycrdt
import pytest

from xmpp_bridge.documents.durable_copy import DurableCopy


def cell(name: object) -> pycrdt.Map[Any]:
    return pycrdt.Map({"id": name, "source": pycrdt.Text(""), "outputs": pycrdt.Array([])})


class Notebook:
    """Somebody's notebook, and the service's copy of it."""

    def __init__(self) -> None:
        self.doc: pycrdt.Doc[Any] = pycrdt.Doc()
        self.cells = self.doc.get("cells", type=pycrdt.Array)
        self.copy = DurableCopy()
        self.row = 0

    def touched(self, change: Callable[[], object]) -> list[str]:
        """The cells that this is seen to change."""
        before = self.doc.get_state()
        with self.doc.transaction():
            change()
        self.row += 1
        self.copy.apply(self.row, self.doc.get_update(before), watched=True)
        return self.copy.touched.pop(self.row, [])


@pytest.fixture
def notebook() -> Notebook:
    notebook = Notebook()
    names = ("one", "two", "three")
    assert notebook.touched(lambda: notebook.cells.extend(map(cell, names))) == list(names)
    return notebook


def test_typing_into_a_cell_touches_it(notebook: Notebook) -> None:
    def type_into(number: int) -> object:
        return notebook.cells[number]["source"].insert(0, "x")

    assert notebook.touched(lambda: type_into(1)) == ["two"]
    both = notebook.touched(lambda: any(map(type_into, (0, 2))))
    assert sorted(both) == ["one", "three"]


def test_an_output_touches_its_cell(notebook: Notebook) -> None:
    assert notebook.touched(lambda: notebook.cells[2]["outputs"].append("42")) == ["three"]


def test_a_cell_that_is_gone_is_named_and_the_others_keep_their_names(notebook: Notebook) -> None:
    def remove_first_and_type() -> None:
        del notebook.cells[0]
        notebook.cells[0]["source"] += "x"

    assert notebook.touched(remove_first_and_type) == ["one", "two"]
    assert notebook.touched(lambda: notebook.cells.insert(1, cell("new"))) == ["new"]
    assert notebook.touched(lambda: notebook.cells[2].update({"execution_count": 1})) == ["three"]


@pytest.mark.parametrize("name", [7, None, "x" * 65, ["a"]])
def test_a_cell_with_any_name_harms_nobody(notebook: Notebook, name: object) -> None:
    assert notebook.touched(lambda: notebook.cells.append(cell(name))) == []
    assert notebook.touched(lambda: notebook.cells.append("no cell at all")) == []


def test_a_text_has_no_cells() -> None:
    notebook = Notebook()
    text = notebook.doc.get("source", type=pycrdt.Text)

    assert notebook.touched(lambda: text.insert(0, "But soft!")) == []
    before = notebook.copy.diff()
    unwatched = DurableCopy()
    unwatched.apply(1, before)
    assert unwatched.diff() == before
