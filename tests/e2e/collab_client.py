"""Random edits in a browser tab, as many people at once would make them."""

from collections.abc import Callable
from random import Random

from jupyter_ydoc import YNotebook

from demo import edits
from demo.collab_client import CollabClient, ReloadNeededError, opened
from demo.rest import RefusedError, Rest

WORDS = ("parting", "is", "such", "sweet", "sorrow", "né", "月", "🌹")


class RandomEditor:
    """Makes one random edit at a time; the same seed makes the same choices."""

    def __init__(self, notebook: YNotebook, random: Random, fewest_cells: int = 4) -> None:
        self._notebook = notebook
        self._random = random
        self._fewest_cells = fewest_cells
        self._edits: dict[str, tuple[int, Callable[[int], None]]] = {
            "type": (50, self._type),
            "erase": (12, self._erase),
            "insert": (8, self._insert),
            "delete": (5, self._delete),
            "move": (5, self._move),
            "split": (5, self._split),
            "cell metadata": (5, self._cell_metadata),
            "notebook metadata": (2, self._notebook_metadata),
            "output": (8, self._output),
        }

    def edit(self) -> str:
        """Make one edit and say which kind it was."""
        weights = [weight for weight, _ in self._edits.values()]
        kind = self._random.choices(list(self._edits), weights)[0]
        if len(self._notebook.ycells) < self._fewest_cells:
            kind = "insert"
        self._edits[kind][1](self._random.randrange(max(1, len(self._notebook.ycells))))
        return kind

    def _position(self, index: int) -> int:
        return self._random.randint(0, len(edits.source_of(self._notebook, index)))

    def _type(self, index: int) -> None:
        word = self._random.choice(WORDS)
        edits.type_text(self._notebook, index, self._position(index), word)

    def _erase(self, index: int) -> None:
        start = self._position(index)
        length = len(edits.source_of(self._notebook, index))
        edits.delete_text(self._notebook, index, start, min(length, start + 3))

    def _insert(self, index: int) -> None:
        make = self._random.choice((edits.code_cell, edits.markdown_cell))
        edits.insert_cell(self._notebook, index, make(self._random.choice(WORDS)))

    def _delete(self, index: int) -> None:
        if len(self._notebook.ycells) > self._fewest_cells:
            edits.delete_cell(self._notebook, index)

    def _move(self, index: int) -> None:
        last = len(self._notebook.ycells) - 1
        edits.move_cell(self._notebook, index, self._random.randint(0, last))

    def _split(self, index: int) -> None:
        edits.split_cell(self._notebook, index, self._position(index))

    def _cell_metadata(self, index: int) -> None:
        edits.set_cell_metadata(self._notebook, index, "act", self._random.randint(1, 5))

    def _notebook_metadata(self, index: int) -> None:
        edits.set_notebook_metadata(self._notebook, "scene", index)

    def _output(self, index: int) -> None:
        if self._notebook.ycells[index]["cell_type"] != "code":
            return
        if self._random.random() < 0.2:
            edits.clear_outputs(self._notebook, index)
        edits.add_output(self._notebook, index, f"{self._random.choice(WORDS)}\n")


__all__ = [
    "CollabClient",
    "RandomEditor",
    "RefusedError",
    "ReloadNeededError",
    "Rest",
    "edits",
    "opened",
]
