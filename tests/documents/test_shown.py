"""What somebody is shown of a notebook, and of how it differs from what it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pycrdt

from tests.documents.notebooks import new_cell
from xmpp_bridge.documents.shown import MOST_LINES, Cell, Fate, cells_in, compare

SOFT = Cell("soft", "code", "But soft\nwhat light")
WINDOW = Cell("window", "markdown", "through yonder")
EAST = Cell("east", "code", "It is the east")


def fates(before: list[Cell], now: list[Cell]) -> list[tuple[str, Fate, int | None]]:
    return [(each.cell.id, each.fate, each.number) for each in compare(before, now)]


def test_what_nobody_touched_is_the_same() -> None:
    found = compare([SOFT, WINDOW], [SOFT, WINDOW])
    assert [each.fate for each in found] == [Fate.SAME, Fate.SAME]
    assert found[0].lines == [(" ", "But soft"), (" ", "what light")]


def test_lines_tell_what_was_written_and_erased() -> None:
    [changed] = compare([SOFT], [replace(SOFT, source="But soft,\nwhat light\nbreaks")])
    assert changed.fate is Fate.CHANGED
    assert changed.lines == [
        ("-", "But soft"),
        ("+", "But soft,"),
        (" ", "what light"),
        ("+", "breaks"),
    ]
    assert not changed.outputs_changed


def test_a_run_changes_outputs_and_no_line() -> None:
    [ran] = compare([SOFT], [replace(SOFT, outputs=[{"output_type": "stream"}], execution_count=1)])
    assert (ran.fate, ran.outputs_changed) == (Fate.CHANGED, True)
    assert {mark for mark, _ in ran.lines} == {" "}
    [tagged] = compare([SOFT], [replace(SOFT, metadata={"tags": ["x"]})])
    assert (tagged.outputs_changed, tagged.metadata_changed) == (False, True)


def test_cells_come_and_go_where_they_were() -> None:
    assert fates([SOFT, WINDOW], [EAST, SOFT]) == [
        ("east", Fate.NEW, 1),
        ("soft", Fate.SAME, 2),
        ("window", Fate.REMOVED, None),
    ]
    assert fates([SOFT, WINDOW], [WINDOW])[0] == ("soft", Fate.REMOVED, None)
    assert fates([], [SOFT]) == [("soft", Fate.NEW, 1)]


def test_a_cell_that_was_moved_is_said_to_be() -> None:
    found = fates([SOFT, WINDOW, EAST], [EAST, SOFT, WINDOW])
    assert found == [("east", Fate.MOVED, 1), ("soft", Fate.SAME, 2), ("window", Fate.SAME, 3)]


def test_a_cell_of_many_lines_is_not_compared_for_ever() -> None:
    long = "\n".join("x" * (n % 7) for n in range(MOST_LINES))
    [changed] = compare([replace(SOFT, source=long)], [replace(SOFT, source=long + "!")])
    assert len(changed.lines) == 2 * MOST_LINES


def test_anything_may_be_in_a_document() -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    cells = doc.get("cells", type=pycrdt.Array)
    cells.append("no cell")
    cells.append({"id": "plain", "source": "x"})
    cells.append(pycrdt.Map({"id": 7, "source": pycrdt.Text("x")}))
    cells.append(pycrdt.Map({"id": "nothing"}))
    odd = {"id": "odd", "source": "text", "outputs": "none", "metadata": 3, "cell_type": ["code"]}
    cells.append(pycrdt.Map(odd))
    cells.append(new_cell("one", "1"))
    found = cells_in(doc.get_update(), "notebook")
    assert found == [Cell("odd", "raw", "text", []), Cell("one", "code", "1", [])]


def test_a_text_is_one_cell() -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc.get("source", type=pycrdt.Text).insert(0, "But soft")
    assert cells_in(doc.get_update(), "file") == [Cell("", "file", "But soft")]
