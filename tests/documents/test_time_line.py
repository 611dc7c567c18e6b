"""The time line of a document as the database has it, old updates folded or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.documents.notebooks import JULIET, ROMEO, Playwright, cells_of, new_cell, text_of_all
from tests.documents.verona import NOON, Verona, entry
from xmpp_bridge.documents import time_line as time_line_module
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.moments import Grain
from xmpp_bridge.documents.tables import updates, windows
from xmpp_bridge.documents.time_line import TimeLine
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import ConflictError, NotFoundError, TooLargeError

Play = Callable[..., Awaitable[tuple[Playwright, dict[int, int]]]]


@pytest.fixture
def time_line(engine: AsyncEngine) -> TimeLine:
    return TimeLine(engine)


@pytest.fixture
def perform(engine: AsyncEngine, verona: Verona, document: DocumentId) -> Play:
    """Two people, at the same time for three minutes; folded if so asked. Also whose account is whose."""

    async def performed(*, folded: bool) -> tuple[Playwright, dict[int, int]]:
        play = Playwright(Random(3))
        play.do(JULIET, lambda cells: cells.append(new_cell("scene", "O ")))
        for _ in range(30):
            play.do(ROMEO, lambda cells: cells[0]["source"].insert(0, "r"), 3)
            play.do(JULIET, lambda cells: cells[0]["source"].insert(1, "j"), 3)
        accounts = {ROMEO: verona.romeo, JULIET: verona.juliet}
        history = History(engine, snapshot_every=1)
        for each in play.log:
            kept = entry(document, accounts[each.account_id], each.data)
            await history.append([replace(kept, received_at=each.received_at)])
        if folded:
            await history.compact()
        return play, accounts

    return performed


@pytest.mark.parametrize("folded", [False, True])
async def test_it_says_who_changed_which_cell_when(
    time_line: TimeLine, document: DocumentId, perform: Play, *, folded: bool
) -> None:
    _, accounts = await perform(folded=folded)
    first, moment = await time_line.moments(document, Grain.COARSE)
    assert (first.after_id, first.edits + moment.edits) == (0, 61)
    assert moment.cells == {accounts[JULIET]: ("scene",), accounts[ROMEO]: ("scene",)}
    assert first.began_at == NOON + timedelta(seconds=1)
    fine = await time_line.moments(document, Grain.FINE)
    assert len(fine) < 61 if folded else len(fine) == 61


@pytest.mark.parametrize("folded", [False, True])
async def test_one_of_two_is_taken_back(
    time_line: TimeLine, document: DocumentId, perform: Play, *, folded: bool
) -> None:
    play, accounts = await perform(folded=folded)
    *_, moment = await time_line.moments(document, Grain.COARSE)
    whole = await time_line.reversal(document, 0, moment.through_id, accounts[ROMEO])
    assert whole is not None
    text = text_of_all(cells_of(play.state, whole))
    assert sorted(text) == sorted("O " + "j" * 30)
    everything = await time_line.reversal(document, 0, moment.through_id, None)
    assert everything is not None
    assert cells_of(play.state, everything) == []


@pytest.mark.parametrize("folded", [False, True])
async def test_it_is_as_it_was_at_any_step(
    time_line: TimeLine, document: DocumentId, perform: Play, *, folded: bool
) -> None:
    play, _ = await perform(folded=folded)
    fine = await time_line.moments(document, Grain.FINE)
    lengths = []
    for moment in fine[:: max(1, len(fine) // 6)]:
        at, state = await time_line.state_at(document, moment.through_id)
        assert at == moment.through_id
        lengths.append(len(text_of_all(cells_of(state))))
    assert lengths == sorted(set(lengths))
    assert await time_line.state_at(document, 0) == (0, b"\x00\x00")
    _, state = await time_line.state_at(document, fine[-1].through_id)
    assert cells_of(state) == play.cells


async def test_a_step_that_was_folded_since_is_in_its_minute(
    time_line: TimeLine, document: DocumentId, perform: Play
) -> None:
    await perform(folded=True)
    [first, *_] = await time_line.moments(document, Grain.FINE)
    assert (await time_line.state_at(document, first.through_id - 1))[0] == first.through_id
    with pytest.raises(NotFoundError):
        await time_line.state_at(document, 10**6)


async def test_what_an_older_release_has_folded_is_told_apart_no_more(
    engine: AsyncEngine, time_line: TimeLine, document: DocumentId, perform: Play
) -> None:
    _, accounts = await perform(folded=True)
    async with writing(engine) as connection:
        await connection.execute(update(windows).values(parts=None))
    *_, moment = await time_line.moments(document, Grain.COARSE)
    assert moment.cells == {accounts[ROMEO]: ("scene",), accounts[JULIET]: ("scene",)}
    with pytest.raises(ConflictError):
        await time_line.reversal(document, 0, moment.through_id, accounts[ROMEO])
    assert await time_line.reversal(document, 0, moment.through_id, None) is not None


async def test_what_cannot_be_read_is_left_out(
    engine: AsyncEngine, time_line: TimeLine, document: DocumentId, perform: Play
) -> None:
    play, accounts = await perform(folded=False)
    async with writing(engine) as connection:
        newest = (
            await connection.execute(select(updates.c.id).order_by(updates.c.id.desc()))
        ).scalars()
        last = next(iter(newest))
        await connection.execute(update(updates).where(updates.c.id == last).values(data=b"\xff"))
    *_, moment = await time_line.moments(document, Grain.COARSE)
    assert moment.edits == 59
    before = play.log[-1].id - 1
    _, state = await time_line.state_at(document, last)
    assert len(text_of_all(cells_of(state))) == before + 1
    assert await time_line.reversal(document, 0, last, accounts[ROMEO]) is not None


async def test_nobody_waits_for_more_than_can_be_read_soon(
    monkeypatch: pytest.MonkeyPatch, time_line: TimeLine, document: DocumentId, perform: Play
) -> None:
    await perform(folded=False)
    monkeypatch.setattr(time_line_module, "MOST_BYTES", 10)
    with pytest.raises(TooLargeError):
        await time_line.moments(document, Grain.COARSE)


async def test_a_window_remembers_what_each_has_done(engine: AsyncEngine, perform: Play) -> None:
    _, accounts = await perform(folded=True)
    async with reading(engine) as connection:
        kept = (
            await connection.execute(select(windows.c.parts).order_by(windows.c.through_id))
        ).scalars()
        parts = [part for several in kept for part in several]
    assert {part["account"] for part in parts} == set(accounts.values())
    assert {tuple(part["cells"]) for part in parts} == {("scene",)}


async def test_whoever_asks_again_is_told_what_is_new_without_reading_all_of_it(
    engine: AsyncEngine, time_line: TimeLine, verona: Verona, document: DocumentId, perform: Play
) -> None:
    play, accounts = await perform(folded=True)
    before = await time_line.moments(document, Grain.FINE)
    async with writing(engine) as connection:
        await connection.execute(update(windows).values(data=b"not read again"))
    play.do(ROMEO, lambda cells: cells.append(new_cell("late", "soft")), 3)
    late = play.log[-1]
    kept = entry(document, accounts[ROMEO], late.data)
    await History(engine).append([replace(kept, received_at=late.received_at)])

    *same, newest = await time_line.moments(document, Grain.FINE)
    assert same == before
    assert newest.cells == {verona.romeo: ("late",)}


async def test_what_was_folded_since_is_told_anew(
    engine: AsyncEngine, time_line: TimeLine, document: DocumentId, perform: Play
) -> None:
    await perform(folded=False)
    apart = await time_line.moments(document, Grain.FINE)
    history = History(engine, snapshot_every=1)
    await history.state(document)
    assert await history.compact() == 1
    folded = await time_line.moments(document, Grain.FINE)
    assert len(folded) < len(apart)
    assert folded == await TimeLine(engine).moments(document, Grain.FINE)
