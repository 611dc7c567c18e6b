"""Random editing of a Doc, in all the ways in which a notebook is edited and some in which it is not."""

from __future__ import annotations

from random import Random
from typing import Any

from pycrdt import Array, Doc, Map, Text

PIECES = ("a", "é", "𝄞b", "x" * 300)
VALUES = (1, 2.5, None, True, "s", {"a": [1, {"b": b"x"}]}, [1], 2**60, -3, "é")


class Writer:
    """A Doc that is edited at random, with the updates its transactions made."""

    def __init__(self, random: Random, client: int) -> None:
        self.doc: Doc[Any] = Doc(client_id=client)
        self.updates: list[bytes] = []
        self._random = random
        self._subscription = self.doc.observe(lambda event: self.updates.append(event.update))

    def edit(self) -> None:
        """Make one transaction of one to four edits."""
        with self.doc.transaction():
            for _ in range(self._random.randint(1, 4)):
                self._random.choice((self._type, self._erase, self._set, self._nest, self._list))()

    def _type(self) -> None:
        text = self.doc.get("text", type=Text)
        text.insert(self._boundary(str(text)), self._random.choice(PIECES))

    def _erase(self) -> None:
        text = self.doc.get("text", type=Text)
        start, end = sorted(self._boundary(str(text)) for _ in range(2))
        if start < end:
            del text[start:end]

    def _boundary(self, text: str) -> int:
        return len(text[: self._random.randint(0, len(text))].encode())

    def _set(self) -> None:
        shared = self.doc.get("map", type=Map)
        key = self._random.choice("abc")
        if key in shared and self._random.random() < 0.3:
            del shared[key]
        else:
            shared[key] = self._random.choice(VALUES)

    def _nest(self) -> None:
        cell = Map({"source": Text("𝄞"), "outputs": Array([1, Map({"x": 1})]), "metadata": Map()})
        self.doc.get("map", type=Map)["cell"] = cell

    def _list(self) -> None:
        shared = self.doc.get("list", type=Array)
        at = self._random.randint(0, len(shared))
        if at < len(shared) and self._random.random() < 0.4:
            del shared[at]
        else:
            shared.insert(at, self._random.choice((Map({"t": Text("")}), *VALUES)))
