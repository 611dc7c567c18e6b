"""What has changed in a notebook, as a person would tell it."""

from __future__ import annotations

import nbformat
import pytest
from jupyter_ydoc import YNotebook

from xmpp_bridge.documents.cells import MOST_SHOWN, CellChange, Change, cells_of, changes

BEFORE = {"a": "import numpy", "b": "x = 1\ny = 2", "c": ""}


def state(*sources: str) -> bytes:
    notebook = YNotebook()
    cells = [nbformat.v4.new_code_cell(text, id=f"c{n}") for n, text in enumerate(sources)]  # type: ignore[no-untyped-call]
    notebook.set(nbformat.v4.new_notebook(cells=cells))  # type: ignore[no-untyped-call]
    return bytes(notebook.ydoc.get_update())


def test_cells_are_read_in_their_order() -> None:
    assert list(cells_of(state("x = 1", "", "print(x)")).items()) == [
        ("c0", "x = 1"),
        ("c1", ""),
        ("c2", "print(x)"),
    ]


def test_a_document_that_is_no_notebook_has_none() -> None:
    assert cells_of(b"\x00\x00") == {}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (BEFORE, []),
        ({"c": "", "b": "x = 1\ny = 2", "a": "import numpy"}, []),
        (
            {**BEFORE, "b": "\n  x = 3", "d": "new()"},
            [
                CellChange("b", Change.CHANGED, 2, "x = 3"),
                CellChange("d", Change.NEW, 4, "new()"),
            ],
        ),
        ({"a": "import numpy"}, [CellChange("b", Change.REMOVED, None, "x = 1")]),
        ({**BEFORE, "d": "  "}, []),
    ],
    ids=["nothing", "moved", "changed and new", "removed", "an empty one"],
)
def test_what_has_changed(now: dict[str, str], expected: list[CellChange]) -> None:
    assert changes(BEFORE, now) == expected


def test_a_long_line_is_cut() -> None:
    (change,) = changes({}, {"a": "x" * 500})
    assert len(change.beginning) == MOST_SHOWN
    assert change.beginning.endswith("…")
