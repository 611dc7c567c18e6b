"""What was changed on disk joins what was typed meanwhile, in the same cell and elsewhere."""

from __future__ import annotations

from typing import Any

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyter_ydoc import YNotebook, YUnicode
from pycrdt import Doc

from xmpp_bridge.documents.merge import three_way
from xmpp_bridge.documents.update import read_update

SCENE = "But soft\nwhat light\nthrough yonder window breaks\n"


def code(cell_id: str, source: str, **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
        **more,
    }


def markdown(cell_id: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": source}


def play(*cells: dict[str, Any], minor: int = 5, **metadata: Any) -> dict[str, Any]:
    return {
        "cells": list(cells),
        "metadata": {
            "language_info": {"name": "python"},
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            **metadata,
        },
        "nbformat": 4,
        "nbformat_minor": minor,
    }


class Live:
    """A shared notebook that was saved once and has been open ever since."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.doc: Doc[Any] = Doc()
        self.notebook = YNotebook(self.doc)
        self.notebook.set(content)
        self.base = self.notebook.get()
        self.state = self.doc.get_update()

    def merge(self, disk: dict[str, Any]) -> bytes | None:
        update = three_way(self.state, self.base, disk, "notebook")
        if update is not None:
            self.doc.apply_update(update)
        return update

    def type(self, index: int, text: str) -> None:
        """Type at the end of a cell; `ycell["source"] += text` would put an empty Text in its place."""
        source = self.notebook.ycells[index]["source"]
        source += text

    def sources(self) -> dict[str, str]:
        return {cell["id"]: cell["source"] for cell in self.content()["cells"]}

    def content(self) -> dict[str, Any]:
        return self.notebook.get(deduplicate=False)


def test_a_file_that_was_not_changed_makes_no_update() -> None:
    live = Live(play(code("a", SCENE)))

    assert live.merge(live.base) is None


def test_lines_edited_on_disk_and_lines_typed_in_the_same_cell_are_both_kept() -> None:
    live = Live(play(code("a", SCENE)))
    live.notebook.ycells[0]["source"].insert(0, "# Juliet\n")

    live.merge(play(code("a", SCENE.replace("window", "balcony"))))

    assert live.sources() == {"a": "# Juliet\n" + SCENE.replace("window", "balcony")}


def test_a_word_edited_on_disk_and_a_word_typed_in_the_same_line_are_both_kept() -> None:
    live = Live(play(code("a", "x = first + second")))
    source = live.notebook.ycells[0]["source"]
    source.insert(len("x = first + second"), " + third")

    live.merge(play(code("a", "y = first + second")))

    assert live.sources() == {"a": "y = first + second + third"}


def test_text_beyond_ascii_is_edited_in_the_right_place() -> None:
    live = Live(play(code("a", "# naïve 𝄞 Julieta\nprint('ñ')\n")))
    live.type(0, "# Ωmega\n")

    live.merge(play(code("a", "# naïve 𝄞 Julieta\nprint('ñandú 🎭')\n")))

    assert live.sources() == {"a": "# naïve 𝄞 Julieta\nprint('ñandú 🎭')\n# Ωmega\n"}


def test_what_is_typed_in_another_cell_stays() -> None:
    live = Live(play(code("a", "1"), code("b", "2")))
    live.type(1, "2")

    live.merge(play(code("a", "one"), code("b", "2")))

    assert live.sources() == {"a": "one", "b": "22"}


def test_cells_added_removed_and_moved_on_disk_meet_cells_added_elsewhere() -> None:
    live = Live(play(*(code(name, name) for name in "abcd")))
    live.notebook.append_cell(code("juliet", "new"))

    live.merge(play(code("d", "d"), code("a", "a"), code("new", "n"), code("c", "c")))

    sources = live.sources()
    assert [name for name in sources if name != "juliet"] == ["d", "a", "new", "c"]
    assert sources["juliet"] == "new"


def test_cells_that_were_not_changed_are_not_touched() -> None:
    live = Live(play(*(code(name, name * 100) for name in "abc")))

    update = live.merge(
        play(code("a", "a" * 100), code("b", "b" * 100 + "!"), code("c", "c" * 100))
    )

    assert update is not None
    assert sum(end - start for _, start, end in read_update(update).structs) == 1


def test_the_update_has_one_author_whom_nobody_else_is() -> None:
    live = Live(play(code("a", "1")))

    update = live.merge(play(code("a", "2"), code("b", "3")))

    assert update is not None
    (author,) = read_update(update).clients
    assert author not in {client for client, _, _ in read_update(live.state).structs}


def test_outputs_are_replaced_only_when_they_changed() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": "o Romeo\n"}
    image = {"output_type": "display_data", "data": {"image/png": "iVBOR"}, "metadata": {}}
    live = Live(play(code("a", "1", outputs=[stream]), code("b", "2", outputs=[image])))
    printed = live.notebook.ycells[0]["outputs"][0]["text"]
    printed += "wherefore\n"

    live.merge(
        play(
            code("a", "1", outputs=[stream]),
            code("b", "2", outputs=[stream, image], execution_count=3),
        )
    )

    first, second = live.content()["cells"]
    assert first["outputs"] == [{**stream, "text": "o Romeo\nwherefore\n"}]
    assert second["outputs"] == [stream, image]
    assert second["execution_count"] == 3


def test_outputs_are_written_in_the_types_that_jupyter_ydoc_writes_them_in() -> None:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]},
        {"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": 1},
    ]
    merged, set_anew = Live(play(code("a", "1"))), Live(play(code("a", "1", outputs=outputs)))

    merged.merge(play(code("a", "1", outputs=outputs)))

    ours, theirs = (live.notebook.ycells[0]["outputs"] for live in (merged, set_anew))
    assert [type(output) for output in ours] == [type(output) for output in theirs]
    assert type(ours[0]["text"]) is type(theirs[0]["text"])
    assert ours.to_py() == theirs.to_py()


def test_metadata_changes_by_key() -> None:
    live = Live(play(code("a", "1", metadata={"tags": ["x"], "old": 1}), authors=["romeo"]))
    live.notebook.ycells[0]["metadata"]["collapsed"] = True

    live.merge(play(code("a", "1", metadata={"tags": ["x", "y"]}), authors=["romeo", "juliet"]))

    content = live.content()
    assert content["cells"][0]["metadata"] == {"tags": ["x", "y"], "collapsed": True}
    assert content["metadata"]["authors"] == ["romeo", "juliet"]


def test_a_cell_that_became_another_kind_is_made_anew_under_its_id() -> None:
    live = Live(play(code("a", "# Act II"), code("b", "2")))

    live.merge(play(markdown("a", "# Act II"), code("b", "2")))

    first, second = live.content()["cells"]
    assert first == markdown("a", "# Act II")
    assert second["id"] == "b"
    nbformat.validate(live.content())


def test_cells_without_ids_are_told_by_what_they_say() -> None:
    old = [{**code("x", source), "id": None} for source in ("a", "b", "c")]
    cells = [{key: value for key, value in cell.items() if key != "id"} for cell in old]
    live = Live(play(*cells, minor=4))
    ids = [ycell["id"] for ycell in live.notebook.ycells]
    live.type(2, "!")

    live.merge(play(cells[0], {**cells[0], "source": "new"}, cells[1], cells[2], minor=4))

    assert [ycell["id"] for ycell in live.notebook.ycells][::2] == [ids[0], ids[1]]
    assert [cell["source"] for cell in live.content()["cells"]] == ["a", "new", "b", "c!"]


def test_a_cell_copied_with_a_text_editor_gets_an_id_of_its_own() -> None:
    live = Live(play(code("a", "1")))

    live.merge(play(code("a", "1"), code("a", "1 copied")))

    cells = live.content()["cells"]
    assert [cell["source"] for cell in cells] == ["1", "1 copied"]
    assert len({cell["id"] for cell in cells}) == 2


def test_a_text_file_merges_by_word_and_line() -> None:
    doc: Doc[Any] = Doc()
    text = YUnicode(doc)
    text.set(SCENE)
    state = doc.get_update()
    text.set(SCENE + "It is the east\n")

    update = three_way(state, SCENE, "Act II\n" + SCENE, "file")

    assert update is not None
    doc.apply_update(update)
    assert text.get() == "Act II\n" + SCENE + "It is the east\n"


CELLS = st.lists(
    st.builds(code, st.sampled_from("abcdef"), st.text("ab \n𝄞é", max_size=12)),
    max_size=6,
    unique_by=lambda cell: cell["id"],
)


@settings(deadline=None)
@given(CELLS, CELLS)
def test_whatever_was_changed_on_disk_is_what_the_notebook_says(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    live = Live(play(code("first", "it always has one"), *before))
    disk = play(*after, code("last", "so has the file"))

    live.merge(disk)

    assert live.content() == disk


def test_a_source_in_lines_is_the_same_as_in_one_string() -> None:
    live = Live(play(code("a", "1\n2\n")))

    live.merge(play({**code("a", ""), "source": ["1\n", "3\n"]}))

    assert live.sources() == {"a": "1\n3\n"}
