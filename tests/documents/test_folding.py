"""Older updates are kept together, and nothing that was called safe is forgotten for it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pycrdt
import pytest
from jupyter_ydoc import YNotebook
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.documents.verona import NOON, Verona, entry
from tests.documents.writers import Writer, random_edits, text_of
from xmpp_bridge.documents import history_rows as rows
from xmpp_bridge.documents.checking import check_all
from xmpp_bridge.documents.entry import Entry
from xmpp_bridge.documents.folding import Folder, Logged
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.sameness import same_history
from xmpp_bridge.documents.tables import snapshots, updates, windows
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError

MINUTE = timedelta(minutes=1)


def at(seconds: float, one: Entry) -> Entry:
    return replace(one, received_at=NOON + timedelta(seconds=seconds))


async def counts(engine: AsyncEngine) -> tuple[int, int]:
    """How many updates and windows there are."""
    async with reading(engine) as connection:
        found = [
            (await connection.execute(select(func.count()).select_from(each))).scalar_one()
            for each in (updates, windows)
        ]
    return found[0], found[1]


async def forget_snapshots(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(delete(snapshots))


async def test_what_is_older_than_this_minute_becomes_one_update_a_minute(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo, juliet = Writer(1), Writer(2)
    history = History(engine, snapshot_every=1)
    for second, writer, account in (
        *((n, romeo, verona.romeo) for n in range(0, 50, 5)),
        *((n, juliet, verona.juliet) for n in range(65, 110, 5)),
        (125, romeo, verona.romeo),
    ):
        await history.append([at(second, entry(document, account, writer.write("x")[0]))])
    assert await history.compact() == 1
    assert await counts(engine) == (1, 2)
    async with reading(engine) as connection:
        kept = (await connection.execute(select(windows).order_by(windows.c.through_id))).all()
    assert [row.authors for row in kept] == [[verona.romeo], [verona.juliet]]
    assert [(row.began_at, row.ended_at) for row in kept] == [
        (NOON, NOON + timedelta(seconds=45)),
        (NOON + timedelta(seconds=65), NOON + timedelta(seconds=105)),
    ]
    await forget_snapshots(engine)
    assert len(text_of(await History(engine).state(document))) == 20


async def test_what_waits_is_kept_as_it_came(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo, juliet = Writer(1), Writer(2)
    first, second, third = romeo.write("But ", "soft, ", "what")
    history = History(engine, snapshot_every=1)
    for seconds, author, data in (
        (0, verona.romeo, third),
        (1, verona.romeo, first),
        (70, verona.juliet, juliet.write("O ")[0]),
        (140, verona.juliet, juliet.write("me")[0]),
    ):
        await history.append([at(seconds, entry(document, author, data))])
        await history.compact()
    assert await counts(engine) == (2, 2)
    for _ in range(2):
        (findings,) = [each async for each in check_all(engine)]
        assert (findings.good, len(findings.waiting)) == (True, 1)
        await forget_snapshots(engine)
    await History(engine).append([at(200, entry(document, verona.romeo, second))])
    await forget_snapshots(engine)
    assert sorted(text_of(await History(engine).state(document))) == sorted("But soft, whatO me")


@pytest.mark.parametrize("seed", range(12))
async def test_random_edits_come_through_windows_snapshots_and_restarts(
    engine: AsyncEngine, verona: Verona, document: DocumentId, seed: int
) -> None:
    chance = random.Random(seed)
    writers = [Writer(number) for number in (1, 2, 3)]
    for _ in range(5):
        random_edits(chance, writers)
    sent = [data for writer in writers for data in writer.updates]
    if seed % 2:
        chance.shuffle(sent)
    total, second, last = len(sent), 0.0, sent[-1]
    histories = [History(engine, snapshot_every=chance.choice((1, 4))) for _ in range(2)]
    while sent:
        size = chance.randrange(1, 6)
        group, sent = sent[:size], sent[size:]
        history = chance.choice(histories)  # two services beside each other
        await history.append([at(second, entry(document, verona.romeo, each)) for each in group])
        second += chance.choice((0.5, 20, 90, -5))
        if chance.random() < 0.4:
            await chance.choice(histories).compact()
        if chance.random() < 0.2:
            histories = [History(engine, snapshot_every=2), histories[0]]
    await history.append([at(second + 100, entry(document, verona.romeo, last))])
    await history.compact()

    plain: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    for writer in writers:
        plain.apply_update(writer.doc.get_update())
    expected = str(plain.get("text", type=pycrdt.Text))
    for each in (*histories, History(engine)):
        assert text_of(await each.state(document)) == expected
    (findings,) = [each async for each in check_all(engine)]
    assert (findings.good, findings.waiting) == (True, [])
    await forget_snapshots(engine)
    assert text_of(await History(engine).state(document)) == expected
    assert (await counts(engine))[0] < total


async def test_a_notebook_that_is_edited_for_an_hour(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    history, last = History(engine, snapshot_every=50), b""
    for second, data in _an_hour_of_notebook(1597):
        await history.append([at(second, entry(document, verona.romeo, data))])
        last = data
        await history.compact()
    state = await history.state(document)
    await history.append([at(7200, entry(document, verona.romeo, last))])
    kept, _ = await counts(engine)
    assert kept < 100
    await forget_snapshots(engine)
    assert same_history(await History(engine).state(document), state)


async def test_nothing_is_forgotten_while_what_is_stored_and_what_is_known_differ(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    history = History(engine, snapshot_every=3)
    for second, data in ((0, "O "), (70, "Romeo"), (140, "!")):
        await history.append([at(second, entry(document, verona.romeo, romeo.write(data)[0]))])
    async with writing(engine) as connection:
        oldest = select(func.min(updates.c.id)).scalar_subquery()
        other = Writer(1).write("o ")[0]  # as long, but something else
        await connection.execute(update(updates).where(updates.c.id == oldest).values(data=other))
    await history.compact()
    assert await counts(engine) == (3, 0)


async def test_of_two_services_that_fold_the_same_one_is_told(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo, history, folder = Writer(1), History(engine), Folder(MINUTE, ())
    for minute in range(3):
        data = romeo.write("x")[0]
        await history.append([at(minute * 60, entry(document, verona.romeo, data))])
    async with reading(engine) as connection:
        async for logged in rows.updates_after(connection, document, 0):
            folder.add(logged)
    folded = folder.finish()
    async with writing(engine) as connection:
        await rows.keep_folded(connection, document, folded)
    with pytest.raises(ConflictError):
        async with writing(engine) as connection:
            await rows.keep_folded(connection, document, folded)
    assert await counts(engine) == (1, 2)


async def test_each_update_is_kept_for_ever_if_that_is_wanted(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    history = History(engine, snapshot_every=1, window=timedelta())
    for minute in range(3):
        data = romeo.write("x")[0]
        await history.append([at(minute * 60, entry(document, verona.romeo, data))])
    await history.compact()
    assert await counts(engine) == (3, 0)


def test_windows_that_would_make_another_document_are_refused() -> None:
    class Careless(Folder):
        def _close(self) -> None:
            super()._close()
            self._windows.clear()

    folder = Careless(MINUTE, ())
    for number, data in enumerate(Writer(1).write("a", "b", "c")):
        folder.add(Logged(number + 1, 1, NOON + number * MINUTE, data))
    with pytest.raises(BadPayloadError):
        folder.finish()


def _an_hour_of_notebook(seed: int) -> Iterator[tuple[float, bytes]]:
    """Cells come, go, are typed in, run and are moved."""
    chance, doc = random.Random(seed), pycrdt.Doc[Any](client_id=7)
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    notebook = YNotebook(doc)
    for step in range(400):
        _edit(notebook, chance)
        yield from ((step * 9.0, data) for data in _taken(made))
    doc.unobserve(subscription)


def _edit(notebook: Any, chance: random.Random) -> None:
    cells = notebook.ycells
    match chance.randrange(8):
        case 0:
            notebook.append_cell({"cell_type": "code", "source": "x = 1", "metadata": {}})
        case 1 if len(cells) > 2:
            del cells[chance.randrange(len(cells))]
        case 2 if len(cells):
            outputs = cells[chance.randrange(len(cells))]["outputs"]
            outputs.clear()
            outputs.append({"output_type": "stream", "name": "stdout", "text": "y" * 50})
        case 3 if len(cells):
            source = cells[chance.randrange(len(cells))]["source"]
            if len(source) > 3:
                del source[1:3]
        case _ if len(cells):
            source = cells[chance.randrange(len(cells))]["source"]
            source.insert(chance.randrange(len(source) + 1) if source else 0, "abc ")
        case _:
            notebook.append_cell({"cell_type": "code", "source": "", "metadata": {}})


def _taken(made: list[bytes]) -> Sequence[bytes]:
    taken, made[:] = list(made), []
    return taken


def test_a_moment_is_in_one_window() -> None:
    folder = Folder(MINUTE, ())
    seconds = (0, 59.999, 60, 119.5, 120)
    for number, (second, data) in enumerate(zip(seconds, Writer(1).write(*"abcde"), strict=True)):
        moment: datetime = NOON + timedelta(seconds=second)
        folder.add(Logged(number + 1, 1, moment, data))
    folded = folder.finish()
    assert ([each.through_id for each in folded.windows], folded.gone) == ([2, 4], [1, 2, 3, 4])
