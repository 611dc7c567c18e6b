"""Somebody who types for a day, as in josephg's editing traces: in runs, here and there, and takes much of it back."""

import random
from collections.abc import Iterator

from pycrdt import Doc, Text

RUN, JUMPS, DELETES = 16, 0.25, 0.3


def letters(edits: int) -> Iterator[bytes]:
    """The Yjs update of each letter: seven of ten runs are written, three taken back. The same every time."""
    chance, doc = random.Random(1597), Doc[Text](client_id=1597)
    text = doc.get("source", type=Text)
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    at = length = left = 0
    deleting = False
    for _ in range(edits):
        if not left:
            left = 1 + int(chance.expovariate(1 / RUN))
            deleting = chance.random() < DELETES
            if chance.random() < JUMPS:
                at = chance.randrange(length + 1)
        left -= 1
        if deleting and at:
            del text[at - 1 : at]
            at, length = at - 1, length - 1
        else:
            text.insert(at, chance.choice("etaoin shrdlu"))
            at, length = at + 1, length + 1
        yield made.pop()
    doc.unobserve(subscription)
