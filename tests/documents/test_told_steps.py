"""What was told of a document is remembered, as long as there is room."""

from __future__ import annotations

from random import Random

from tests.documents.notebooks import JULIET, ROMEO, Playwright, new_cell
from xmpp_bridge.documents.told_steps import NOTHING_TOLD, ToldStepsCache, tell
from xmpp_bridge.rooms.identifiers import DocumentId

ORCHARD, BALCONY = DocumentId("a" * 32), DocumentId("b" * 32)


def test_it_is_the_same_told_at_once_or_bit_by_bit() -> None:
    play = Playwright(Random(2))
    play.edits(JULIET, 10)
    play.edits(ROMEO, 10)
    steps = play.apart()
    told = NOTHING_TOLD
    for step in steps:
        told = tell(told, [step])
    assert told == tell(NOTHING_TOLD, steps)
    assert all(step.data == b"" for step in told.steps)
    assert told.through_id == len(steps)


def test_what_waits_for_something_is_read_once_more() -> None:
    play = Playwright(Random(2))
    play.do(JULIET, lambda cells: cells.append(new_cell("one", "soft")))
    play.do(JULIET, lambda cells: cells[0]["source"].insert(0, "But "))
    first, second = play.apart()
    assert tell(NOTHING_TOLD, [second]).through_id == 0
    told = tell(NOTHING_TOLD, [second, first])
    assert told.through_id == second.through_id


def test_those_are_forgotten_that_were_asked_for_longest_ago() -> None:
    play = Playwright(Random(2))
    play.edits(JULIET, 10)
    told = tell(NOTHING_TOLD, play.apart())
    cache = ToldStepsCache(told.size)
    cache.put(ORCHARD, told)
    cache.put(ORCHARD, told)
    assert cache.get(ORCHARD) == told
    cache.put(BALCONY, told)
    assert cache.get(ORCHARD) == NOTHING_TOLD
    assert cache.get(BALCONY) == told
    cache.put(BALCONY, NOTHING_TOLD)
    assert cache.get(BALCONY) == NOTHING_TOLD
