"""The durable copy through restarts, failures, kills and rot."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pycrdt
import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.documents.verona import NOON, Verona, entry
from tests.documents.writers import POISON, Writer, random_edits, text_of
from xmpp_bridge.documents import history_rows as rows
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.tables import snapshots, updates, windows
from xmpp_bridge.documents.update import read_state_vector, read_update
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import reading, writing


async def test_an_update_ahead_of_its_time_waits_through_restarts_and_snapshots(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    first, second, third = romeo.write("But ", "soft, ", "what")
    history = History(engine, snapshot_every=1)
    await history.append([entry(document, verona.romeo, data) for data in (third, first)])
    assert await history.compact() == 1

    for any_history in (history, History(engine)):
        assert text_of(await any_history.state(document)) == "But "
        assert read_state_vector(await any_history.state_vector(document)) == {1: 4}

    newcomer: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    newcomer.apply_update(await history.diff(document, newcomer.get_state()))
    newcomer.apply_update(second)  # which the room sends: what waited was part of the diff
    assert str(newcomer.get("text", type=pycrdt.Text)) == "But soft, what"

    await History(engine).append([entry(document, verona.romeo, second)])
    for any_history in (history, History(engine)):
        assert await any_history.state(document) == romeo.doc.get_update()


async def test_a_deletion_ahead_of_its_time_waits_too(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    [insertion] = romeo.write("banished")
    del romeo.text[0:8]
    deletion = romeo.updates[-1]
    history = History(engine, snapshot_every=1)
    await history.append([entry(document, verona.juliet, deletion)])
    await history.compact()

    await History(engine).append([entry(document, verona.romeo, insertion)])

    for any_history in (history, History(engine)):
        assert text_of(await any_history.state(document)) == ""


async def test_a_snapshot_is_only_a_short_cut(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    history = History(engine, snapshot_every=3)
    await history.append([entry(document, verona.romeo, data) for data in romeo.write(*"abc")])
    assert await history.compact() == 1
    assert await history.compact() == 0
    await history.append([entry(document, verona.romeo, data) for data in romeo.write(*"de")])
    assert await history.compact() == 0

    async with reading(engine) as connection:
        [snapshot] = (await connection.execute(select(snapshots))).all()
        kept = list((await connection.execute(select(updates.c.data))).scalars())
    assert text_of(snapshot.state) == "abc"
    assert kept == romeo.updates
    assert text_of(await History(engine).state(document)) == "abcde"


@pytest.mark.parametrize("broken", ["snapshot", "update"])
async def test_what_has_rotted_in_the_database_takes_nothing_else_with_it(
    engine: AsyncEngine, verona: Verona, document: DocumentId, broken: str
) -> None:
    romeo, juliet = Writer(1), Writer(2)
    history = History(engine, snapshot_every=1)
    await history.append([entry(document, verona.romeo, romeo.write("soft")[0])])
    await history.compact()
    [its_id] = await history.append([entry(document, verona.juliet, juliet.write("rot")[0])])
    async with writing(engine) as connection:
        if broken == "snapshot":
            await connection.execute(update(snapshots).values(state=b"rot"))
        else:
            rot = update(updates).where(updates.c.id == its_id).values(data=b"rot")
            await connection.execute(rot)

    text = text_of(await History(engine).state(document))

    assert "soft" in text
    assert ("rot" in text) == (broken == "snapshot")


async def test_more_documents_than_fit_into_memory_are_served_all_the_same(
    engine: AsyncEngine, verona: Verona
) -> None:
    history = History(engine, cache_bytes=1)
    writers = {await verona.document(): Writer(number) for number in range(1, 5)}
    for _ in range(3):
        group = [
            entry(document, verona.romeo, writer.write("x")[0])
            for document, writer in writers.items()
        ]
        await history.append(group)

    for document, writer in writers.items():
        assert await history.state(document) == writer.doc.get_update()


class ProcessStoppedError(Exception):
    """The process stops here."""


@asynccontextmanager
async def interrupted(engine: AsyncEngine, at: int) -> AsyncIterator[None]:
    """Fail at the `at`th statement or commit that goes to the database within the block."""
    steps = count()

    def step(*_: object) -> None:
        if next(steps) == at:
            raise ProcessStoppedError

    names = ("before_cursor_execute", "commit")
    for name in names:
        event.listen(engine.sync_engine, name, step)
    try:
        yield
    finally:
        for name in names:
            event.remove(engine.sync_engine, name, step)


async def test_a_failure_at_any_step_loses_nothing_acknowledged_and_memory_is_as_the_database(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    history = History(engine, snapshot_every=2)
    romeo = Writer(1)
    acknowledged: list[bytes] = []
    minutes = count()

    for at in count():
        failures = 0
        for data in romeo.write("a", "b"):
            moment = NOON + next(minutes) * timedelta(minutes=1)
            one = replace(entry(document, verona.romeo, data), received_at=moment)
            try:
                async with interrupted(engine, at):
                    await history.append([one])
            except ProcessStoppedError:
                failures += 1
                await history.append([one])  # as its author does, who has not heard that it is safe
            acknowledged.append(data)
        try:
            async with interrupted(engine, at):
                await history.compact()
        except ProcessStoppedError:
            failures += 1
        in_memory = await history.state(document)
        assert in_memory == await History(engine).state(document)
        for data in acknowledged:
            [structs] = read_update(data).structs
            assert any(has(kept, structs.start) for kept in await stored(engine, document))
        if not failures:
            break

    assert at > 6
    async with reading(engine) as connection:
        assert (await connection.execute(select(func.count()).select_from(windows))).scalar_one()


async def stored(engine: AsyncEngine, document: DocumentId) -> Sequence[bytes]:
    """Everything that the history is made of, snapshots left out."""
    async with reading(engine) as connection:
        folded = [each.data async for each in rows.windows_after(connection, document, 0)]
        single = [each.data async for each in rows.updates_after(connection, document, 0)]
    return folded + single


def has(data: bytes, clock: int) -> bool:
    return any(start <= clock < end for _, start, end in read_update(data).structs)


async def test_a_poison_that_waited_for_its_victim_harms_nobody(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo, juliet = Writer(1), Writer(3)
    history = History(engine, snapshot_every=1)
    await history.append([entry(document, verona.juliet, juliet.write("O ")[0])])
    await history.append([entry(document, verona.juliet, POISON)])
    await history.append([entry(document, verona.romeo, romeo.write("a")[0])])
    await history.compact()
    await history.append([entry(document, verona.romeo, romeo.write("b")[0])])

    for any_history in (history, History(engine)):
        state = await any_history.state(document)
        assert sorted(text_of(state)) == sorted("O ab")


async def test_many_random_edits_come_through_snapshots_and_restarts(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    random_ = random.Random(1597)
    writers = [Writer(number) for number in (1, 2, 3)]
    for _ in range(4):
        random_edits(random_, writers)
    sent = [data for writer in writers for data in writer.updates]
    random_.shuffle(sent)
    history = History(engine, snapshot_every=5)
    while sent:
        size = random_.randrange(1, 8)
        group, sent = sent[:size], sent[size:]
        await history.append([entry(document, verona.romeo, data) for data in group])
        if random_.random() < 0.3:
            await history.compact()
        if random_.random() < 0.3:
            history = History(engine, snapshot_every=5)

    state = await history.state(document)
    plain: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    for writer in writers:
        plain.apply_update(writer.doc.get_update())
    assert text_of(state) == str(plain.get("text", type=pycrdt.Text))
    assert await history.state_vector(document) == await History(engine).state_vector(document)


async def test_what_a_killed_process_called_safe_is_there(
    engine: AsyncEngine, database_url: str, verona: Verona, document: DocumentId
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.documents.appending",
        database_url, document, str(verona.romeo),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    for _ in range(25):
        await process.stdout.readline()
    process.kill()
    rest = await process.stdout.read()
    await process.wait()

    safe = 25 + len(rest.split())
    kept = await History(engine).state(document)
    assert text_of(kept) in {"x" * safe, "x" * (safe + 1)}  # killed between commit and word
    async with reading(engine) as connection:
        last = (await connection.execute(select(func.max(updates.c.sequence)))).scalar_one()
    assert last in {safe, safe + 1}
