"""Outputs of several runs in one cell: all but the last runner's are taken out.

It only deletes, so every replica may do it, at any time and however often, and all come to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from pycrdt import Array, Map, Text

from xmpp_bridge.documents.yjs_author import author

IsSuperseded = Callable[[int], bool]
"""Whether a client id belongs to somebody whose run of this cell is not the last."""


def unmix(cell: Map[Any], is_superseded: IsSuperseded, *, hulls: bool) -> bool:
    """Delete what superseded runs wrote into a cell's outputs; return whether there was any.

    A stream grows in place, and whoever prints next may go on in the text of another run. So a stream is judged letter
    by letter. Its empty hull goes with `hulls` only: deleting it could take a letter along that is on its way.
    """
    outputs = cell.get("outputs")
    if not isinstance(outputs, Array):
        return False
    found = False
    with cell.doc.transaction():
        for index in reversed(range(len(outputs))):
            text = _stream_text(outputs[index])
            if text is not None and _cut(text, is_superseded):
                found = True
            gone = text is None or (hulls and not len(text))
            if gone and is_superseded(author(outputs, index)[0]):
                del outputs[index]
                found = True
    return found


def _stream_text(output: object) -> Text | None:
    text = output.get("text") if isinstance(output, Map) else None
    return text if isinstance(text, Text) else None


def _cut(text: Text, is_superseded: IsSuperseded) -> bool:
    pieces = groupby(_pieces(text, 0, len(text)), key=lambda piece: is_superseded(piece[0]))
    cuts = [list(group) for superseded, group in pieces if superseded]
    for cut in reversed(cuts):
        del text[cut[0][1] : cut[-1][2]]
    return bool(cuts)


def _pieces(text: Text, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Whose each part of a text is: client, start, end; in bytes, so a part may begin in the middle of a letter.

    Yrs addresses what is in one piece by counting on from its first byte. So where the last is as far from the first in
    history as it is in the text, all between them is of one piece, and nobody has to ask for every letter.
    """
    if start == end:
        return
    (first, from_clock), (last, to_clock) = author(text, start), author(text, end - 1)
    if first == last and to_clock - from_clock == end - 1 - start:
        yield first, start, end
        return
    middle = (start + end) // 2
    yield from _pieces(text, start, middle)
    yield from _pieces(text, middle, end)
