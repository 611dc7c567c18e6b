"""People who write, without a network between them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pycrdt

# A client's item whose parent is a letter of another's text: well-formed, and nothing yrs can integrate.
POISON = bytes.fromhex("01010200040001000162" + "00")


class Writer:
    """A replica, and the updates it has made."""

    def __init__(self, client_id: int) -> None:
        self.doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc(client_id=client_id)
        self.text = self.doc.get("text", type=pycrdt.Text)
        self.updates: list[bytes] = []
        self._subscription = self.doc.observe(lambda event: self.updates.append(event.update))

    def write(self, *words: str) -> list[bytes]:
        """The updates of these words, one each."""
        before = len(self.updates)
        for word in words:
            self.text += word
        return self.updates[before:]


def text_of(state: bytes) -> str:
    doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    doc.apply_update(state)
    return str(doc.get("text", type=pycrdt.Text))


def random_edits(random_: random.Random, writers: Sequence[Writer]) -> None:
    """People write and delete, and hear of each other now and then."""
    for _ in range(random_.randrange(1, 40)):
        writer = random_.choice(writers)
        length = len(str(writer.text))
        if length and random_.random() < 0.3:
            start = random_.randrange(length)
            del writer.text[start : random_.randrange(start, length) + 1]
        else:
            writer.text.insert(random_.randrange(length + 1), random_.choice("abc") * 2)
        if random_.random() < 0.3:
            heard: pycrdt.Doc[pycrdt.Text] = random_.choice(writers).doc
            if heard is not writer.doc:
                known = len(writer.updates)
                writer.doc.apply_update(heard.get_update(writer.doc.get_state()))
                del writer.updates[known:]  # not its own
