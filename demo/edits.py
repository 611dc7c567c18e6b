"""What a person does to a notebook in JupyterLab, as the same Yjs operations."""

from typing import Any
from uuid import uuid4

from jupyter_ydoc import YNotebook
from pycrdt import Array, Map, Text


def code_cell(source: str, outputs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": uuid4().hex[:8],
        "metadata": {},
        "source": source,
        "outputs": outputs or [],
        "execution_count": None,
    }


def markdown_cell(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": uuid4().hex[:8], "metadata": {}, "source": source}


def stream_output(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def cell_ids(notebook: YNotebook) -> list[str]:
    return [cell["id"] for cell in notebook.ycells]


def source_of(notebook: YNotebook, index: int) -> str:
    return str(notebook.ycells[index]["source"])


def sources(notebook: YNotebook) -> list[str]:
    """The text of every cell, as the room has it: doubled cells show."""
    return [str(cell["source"]) for cell in notebook.ycells]


def insert_cell(notebook: YNotebook, index: int, cell: dict[str, Any]) -> None:
    notebook.ycells.insert(index, notebook.create_ycell(cell))


def delete_cell(notebook: YNotebook, index: int) -> None:
    del notebook.ycells[index]


def insert_text(notebook: YNotebook, index: int, position: int, text: str) -> None:
    """Paste `text` before the character at `position`."""
    source = _source(notebook, index)
    source.insert(_byte_position(source, position), text)


def type_text(notebook: YNotebook, index: int, position: int, text: str) -> None:
    """Type `text` at `position`: one transaction for each character."""
    for offset, character in enumerate(text):
        insert_text(notebook, index, position + offset, character)


def append_text(notebook: YNotebook, index: int, text: str) -> None:
    """Type `text` at the end of a cell."""
    type_text(notebook, index, len(source_of(notebook, index)), text)


def delete_text(notebook: YNotebook, index: int, start: int, stop: int) -> None:
    source = _source(notebook, index)
    del source[_byte_position(source, start) : _byte_position(source, stop)]


def move_cell(notebook: YNotebook, start: int, stop: int) -> None:
    """Move a cell as JupyterLab does: a clone under the same id, and the original deleted."""
    clone = notebook.ycells[start].to_py()
    with notebook.ydoc.transaction():
        del notebook.ycells[start]
        insert_cell(notebook, stop, clone)


def split_cell(notebook: YNotebook, index: int, position: int) -> None:
    """Split as JupyterLab does: both halves are new cells, and the outputs stay with the second."""
    cell = notebook.ycells[index].to_py()
    source = cell["source"]
    first = {**cell, "id": uuid4().hex[:8], "source": source[:position].strip("\n")}
    second = {**cell, "id": uuid4().hex[:8], "source": source[position:].strip("\n")}
    if "outputs" in first:
        first["outputs"] = []
    with notebook.ydoc.transaction():
        del notebook.ycells[index]
        insert_cell(notebook, index, first)
        insert_cell(notebook, index + 1, second)


def set_cell_metadata(notebook: YNotebook, index: int, key: str, value: object) -> None:
    notebook.ycells[index]["metadata"][key] = value


def set_notebook_metadata(notebook: YNotebook, key: str, value: object) -> None:
    metadata: Map[Any] = notebook.ydoc.get("meta", type=Map)["metadata"]
    metadata[key] = value


def add_output(notebook: YNotebook, index: int, text: str) -> None:
    """Write to a code cell's output as a running kernel does: a stream grows, or begins."""
    outputs: Array[Any] = notebook.ycells[index]["outputs"]
    last = outputs[len(outputs) - 1] if len(outputs) else None
    if last is not None and last["output_type"] == "stream":
        last["text"] += text
        return
    outputs.append(Map({**stream_output(""), "text": Text(text)}))


def clear_outputs(notebook: YNotebook, index: int) -> None:
    notebook.ycells[index]["outputs"].clear()


def _source(notebook: YNotebook, index: int) -> Text:
    source = notebook.ycells[index]["source"]
    assert isinstance(source, Text)
    return source


def _byte_position(source: Text, position: int) -> int:
    # pycrdt counts UTF-8 bytes where people count characters.
    return len(str(source)[:position].encode())
