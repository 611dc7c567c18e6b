"""Pages of the record: in which order, and that none is left out between two of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.audit.conftest import NOON, ORCHARD, Ledger, said
from xmpp_bridge.audit.filters import EVERYTHING, Filters
from xmpp_bridge.audit.room_then import room_then

LATE = (5, 0, 3, 3, 1, 4, 2, 0)
"""Minutes after noon: what happened is not always written down in its order, nor alone at its time."""


async def pages(ledger: Ledger, filters: Filters, limit: int) -> list[str]:
    found: list[str] = []
    below = None
    while some := await ledger.reading.page(filters, EVERYTHING, below, limit):
        assert len(some) <= limit
        found += [str((each.content or {})["body"]) for each in some]
        below = some[-1].position
    return found


@pytest.fixture
async def late(ledger: Ledger) -> Ledger:
    for number, minutes in enumerate(LATE):
        await ledger.record(said(f"{minutes}-{number}", NOON + timedelta(minutes=minutes)))
    await ledger.sequencer.sequence_all()
    return ledger


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_pages_are_by_what_was_written_down_last(late: Ledger, limit: int) -> None:
    everything = [f"{minutes}-{number}" for number, minutes in enumerate(LATE)]
    assert await pages(late, Filters(), limit) == everything[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_pages_of_some_time_are_by_what_happened_last(late: Ledger, limit: int) -> None:
    before = Filters(before=NOON + timedelta(minutes=4))
    assert await pages(late, before, limit) == ["3-3", "3-2", "2-6", "1-4", "0-7", "0-1"]
    within = Filters(after=NOON + timedelta(minutes=1), before=NOON + timedelta(minutes=4))
    assert await pages(late, within, limit) == ["3-3", "3-2", "2-6", "1-4"]


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_what_somebody_did_and_what_was_done_about_them_are_one_list(
    ledger: Ledger, limit: int
) -> None:
    for number, (who, about) in enumerate([(1, None), (2, 1), (2, 2), (1, 1), (None, 1), (3, 2)]):
        at = NOON + timedelta(minutes=number)
        await ledger.record(said(str(number), at, account=who, about=about))
    await ledger.sequencer.sequence_all()

    assert await pages(ledger, Filters(account=1), limit) == ["4", "3", "1", "0"]
    assert await pages(ledger, Filters(account=2), limit) == ["5", "2", "1"]
    until = NOON + timedelta(minutes=4)
    assert await pages(ledger, Filters(account=1, before=until), limit) == ["3", "1", "0"]
    assert await pages(ledger, Filters(account=1, words="3"), limit) == ["3"]
    assert await pages(ledger, Filters(account=9), limit) == []


async def test_a_room_as_it_was_is_paged_by_its_time(late: Ledger) -> None:
    found: list[int] = []
    below = None
    while True:
        then = await room_then(
            late.reading, len(LATE), ORCHARD, EVERYTHING, NOON + timedelta(minutes=4), below, 2
        )
        found += [each.kept.position for each in then.seen]
        below = then.older
        if below is None or not then.seen:
            break
    assert found == [3, 2, 6, 4, 7, 1]
