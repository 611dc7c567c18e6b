"""A program writes what it read before the last save; what others typed meanwhile is not what it edited."""

from __future__ import annotations

from typing import Any

import nbformat

from xmpp_bridge.documents.earlier_saves import MOST, MOST_BYTES, EarlierSaves
from xmpp_bridge.documents.trust import strip_content

VERSE = "It is the east,\nand Juliet\nis the sun.\n"


def notebook(*sources: str, output: str | None = None) -> Any:
    cells = [
        nbformat.v4.new_code_cell(source, id=f"cell-{number}")  # type: ignore[no-untyped-call]
        for number, source in enumerate(sources)
    ]
    if output is not None:
        cells[0].outputs = [nbformat.v4.new_output("stream", text=output)]  # type: ignore[no-untyped-call]
    return strip_content(nbformat.v4.new_notebook(cells=cells))  # type: ignore[no-untyped-call]


def seen(content: Any) -> tuple[list[str], int]:
    return [cell["source"] for cell in content["cells"]], len(content["cells"][0]["outputs"])


def test_outputs_of_an_earlier_save_come_and_take_nothing_back() -> None:
    saves = EarlierSaves("notebook")
    saves.add(notebook("x = 1", "y", "z"))
    saves.add(notebook("x = 1", "y", "z = 3"))
    last = notebook("x = 1", "y = 2", "z = 3")
    written = notebook("x = 1", "y", "z", output="ran")
    assert seen(saves.brought_forward(written, last)) == (["x = 1", "y = 2", "z = 3"], 1)


def test_cells_of_both_are_kept_once() -> None:
    saves = EarlierSaves("notebook")
    saves.add(notebook("x = 1"))
    last, written = notebook("x = 1", "y = 2"), notebook("x = 1", output="ran")
    last["cells"][1]["id"] = "hers"
    written["cells"].append({**notebook("z = 3")["cells"][0], "id": "the program's"})
    sources, outputs = seen(saves.brought_forward(written, last))
    assert (sorted(sources), outputs) == (["x = 1", "y = 2", "z = 3"], 1)


def test_lines_of_both_are_kept_once() -> None:
    saves = EarlierSaves("file")
    saves.add(f"But soft?\n{VERSE}")
    last = f"But soft, what light?\n{VERSE}"
    written = f"But soft?\n{VERSE}".replace("sun", "moon")
    assert saves.brought_forward(written, last) == last.replace("sun", "moon")


def test_an_edit_of_what_was_saved_last_is_what_it_is() -> None:
    saves = EarlierSaves("file")
    saves.add(f"But soft?\n{VERSE}")
    edited = f"But soft, what lights?\n{VERSE}"
    assert saves.brought_forward(edited, f"But soft, what light?\n{VERSE}") is edited


def test_an_earlier_save_that_is_put_back_is_what_somebody_wants() -> None:
    saves = EarlierSaves("file")
    saves.add("But soft?\n")
    assert saves.brought_forward("But soft?\n", "But soft, what light?\n") == "But soft?\n"


def test_only_so_many_are_kept_and_none_that_is_too_large() -> None:
    saves = EarlierSaves("file")
    first, last = f"But soft?\n{VERSE}", f"But soft, what light?\n{VERSE}"
    written = first.replace("sun", "moon")
    saves.add(first)
    for number in range(MOST):
        saves.add(f"{number}\n")
    assert saves.brought_forward(written, last) is written
    saves.add(first)
    assert saves.brought_forward(written, last) == last.replace("sun", "moon")
    saves.add("x" * MOST_BYTES)
    assert saves.brought_forward(written, last) is written
