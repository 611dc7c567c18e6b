"""People who edit one notebook at random, and what the service keeps of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any

import pycrdt

from tests.documents.verona import NOON
from xmpp_bridge.documents.folding import Folder, Logged
from xmpp_bridge.documents.part import Part
from xmpp_bridge.documents.step import Step

ROMEO, JULIET = 1, 2
LETTERS = {ROMEO: "r", JULIET: "j"}
FIRST_CLIENT = 1000


class Playwright:
    """One notebook that two people edit, each by one letter; every update is heard by both at once."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.log: list[Logged] = []
        self.owners: dict[int, int] = {}
        self._docs: dict[int, pycrdt.Doc[Any]] = {}
        self._made: list[bytes] = []
        self._named = 0
        for account in LETTERS:
            client = FIRST_CLIENT + account
            self.owners[client] = account
            doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=client)
            self._docs[account] = doc
        self._subscriptions = [
            doc.observe(lambda event: self._made.append(event.update))
            for doc in self._docs.values()
        ]

    @property
    def cells(self) -> list[dict[str, Any]]:
        return cells_of(self._docs[ROMEO].get_update())

    @property
    def state(self) -> bytes:
        return self._docs[ROMEO].get_update()

    @property
    def through(self) -> int:
        """The number of the newest update."""
        return len(self.log)

    def edits(self, account: int, many: int, seconds: float = 1.0) -> None:
        for _ in range(many):
            self.edit(account, self.random.random(), seconds)

    def edit(self, account: int, kind: float, seconds: float = 1.0) -> None:
        """One transaction of somebody, so long after the one before."""
        doc, letter = self._docs[account], LETTERS[account]
        cells = doc.get("cells", type=pycrdt.Array)
        self._made.clear()
        with doc.transaction():
            if kind < 0.15 or not len(cells):
                cells.insert(self.random.randint(0, len(cells)), self._new_cell(letter))
            elif kind < 0.22:
                del cells[self.random.randrange(len(cells))]
            elif kind < 0.35:
                outputs = cells[self.random.randrange(len(cells))]["outputs"]
                outputs.clear()
                outputs.append(pycrdt.Map({"text": pycrdt.Text(letter)}))
            else:
                self.write(
                    cells[self.random.randrange(len(cells))]["source"], letter, inserts=kind < 0.75
                )
        self._hear(account, seconds)

    def write(self, text: pycrdt.Text, letter: str, *, inserts: bool) -> None:
        length = len(str(text))
        if inserts or not length:
            text.insert(self.random.randint(0, length), letter * self.random.randint(1, 3))
        else:
            start = self.random.randrange(length)
            del text[start : min(length, start + self.random.randint(1, 3))]

    def do(self, account: int, change: Any, seconds: float = 1.0) -> None:
        """Let somebody do this to the cells."""
        self._made.clear()
        with self._docs[account].transaction():
            change(self._docs[account].get("cells", type=pycrdt.Array))
        self._hear(account, seconds)

    def apart(self) -> list[Step]:
        """What is kept, update by update."""
        return [
            Step(
                each.id, each.received_at, each.received_at, (Part(each.account_id, 1),), each.data
            )
            for each in self.log
        ]

    def folded(self) -> list[Step]:
        """What is kept of it once it is old: minutes, and the last one apart."""
        folder = Folder(timedelta(minutes=1), set())
        for logged in self.log:
            folder.add(logged)
        folded = folder.finish()
        gone = set(folded.gone)
        windows = [
            Step(each.through_id, each.began_at, each.ended_at, each.parts, each.data, folded=True)
            for each in folded.windows
        ]
        return [*windows, *(step for step in self.apart() if step.through_id not in gone)]

    def _new_cell(self, letter: str) -> pycrdt.Map[Any]:
        self._named += 1
        return new_cell(f"{letter}{self._named}", letter)

    def _hear(self, account: int, seconds: float) -> None:
        made, self._made = self._made, []
        for other, doc in self._docs.items():
            if other != account:
                for update in made:
                    doc.apply_update(update)
        self._made.clear()
        before = self.log[-1].received_at if self.log else NOON
        for update in made:
            at = before + timedelta(seconds=seconds)
            self.log.append(Logged(len(self.log) + 1, account, at, update))


def new_cell(name: str, source: str) -> pycrdt.Map[Any]:
    return pycrdt.Map(
        {
            "id": name,
            "cell_type": "code",
            "source": pycrdt.Text(source),
            "metadata": pycrdt.Map({}),
            "outputs": pycrdt.Array([]),
            "execution_state": "idle",
        }
    )


def cells_of(*updates: bytes) -> list[dict[str, Any]]:
    """The cells that these make."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    for update in updates:
        doc.apply_update(update)
    found: list[dict[str, Any]] = doc.get("cells", type=pycrdt.Array).to_py() or []
    return found


def text_of_all(cells: Iterable[dict[str, Any]]) -> str:
    return "".join(cell["source"] for cell in cells)
