"""The steps of a document with the cells that each has changed, and how to go on from there; without I/O."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from xmpp_bridge.documents.durable_copy import DurableCopy
from xmpp_bridge.documents.step import Step
from xmpp_bridge.documents.update import EMPTY_UPDATE
from xmpp_bridge.rooms.identifiers import DocumentId

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of documents that are remembered."""
_STEP_BYTES: Final = 500
"""About what a step takes in memory, without what it holds."""


class ToldSteps(NamedTuple):
    """What is known up to a step."""

    steps: Sequence[Step]
    """Without what they hold."""
    state: bytes
    """The document after them."""
    through_id: int
    folded_through: int
    """The last step that stands for several updates: when it is another, all steps are others."""

    @property
    def size(self) -> int:
        return len(self.state) + _STEP_BYTES * len(self.steps)


NOTHING_TOLD: Final = ToldSteps((), EMPTY_UPDATE, 0, 0)


def tell(known: ToldSteps, fresh: Sequence[Step]) -> ToldSteps:
    """The same with these steps, whose cells are looked for where nobody has written them down."""
    copy = DurableCopy(known.state, known.through_id)
    told = list(known.steps)
    for step in fresh:
        has_cells = any(part.cells for part in step.parts)
        copy.apply(step.through_id, step.data, watched=not has_cells)
        cells = tuple(copy.touched.pop(step.through_id, ()))
        parts = tuple(part if has_cells else replace(part, cells=cells) for part in step.parts)
        told.append(replace(step, parts=parts, data=b""))
    # What waits for something is not in the state: it has to be read once more.
    through_id = 0 if copy.waiting else copy.through_id
    return ToldSteps(told, copy.integrated(), through_id, known.folded_through)


class ToldStepsCache:
    """What was told last, of the documents that were asked for last."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._told: OrderedDict[DocumentId, ToldSteps] = OrderedDict()
        self._bytes = 0

    def get(self, document: DocumentId) -> ToldSteps:
        return self._told.get(document, NOTHING_TOLD)

    def put(self, document: DocumentId, told: ToldSteps) -> None:
        """Remember this in place of those which were asked for longest ago."""
        self._forget(document)
        if told.through_id:
            self._told[document] = told
            self._bytes += told.size
        while self._bytes > self._most_bytes:
            self._forget(next(iter(self._told)))

    def _forget(self, document: DocumentId) -> None:
        old = self._told.pop(document, None)
        if old is not None:
            self._bytes -= old.size
