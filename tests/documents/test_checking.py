"""What is wrong with the durable copy is said, and what can be made anew is made anew."""

from __future__ import annotations

import random
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec

import pycrdt
import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.documents.verona import Verona, entry
from tests.documents.writers import Writer, random_edits, text_of
from xmpp_bridge.documents.checking import Findings, check_all, repair
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.tables import clients, snapshots, updates
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import writing


async def findings(engine: AsyncEngine) -> Findings:
    (found,) = [each async for each in check_all(engine)]
    return found


async def fill(engine: AsyncEngine, verona: Verona, document: DocumentId, seed: int = 1597) -> int:
    """Many edits with a snapshot in the middle; returns how many."""
    chance = random.Random(seed)
    writers = [Writer(number) for number in (1, 2, 3)]
    for _ in range(4):
        random_edits(chance, writers)
    sent = [data for writer in writers for data in writer.updates]
    chance.shuffle(sent)
    history = History(engine, snapshot_every=len(sent) // 2)
    half = len(sent) // 2 + 1
    for some in (sent[:half], sent[half:]):
        await history.append([entry(document, verona.romeo, data) for data in some])
        await history.compact()
    return len(sent)


@pytest.mark.parametrize("seed", range(5))
async def test_of_a_good_one_nothing_is_said(
    engine: AsyncEngine, verona: Verona, document: DocumentId, seed: int
) -> None:
    count = await fill(engine, verona, document, seed)
    found = await findings(engine)
    assert (found.good, found.updates, found.waiting) == (True, count, [])


async def test_what_waits_is_no_damage(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    _, second = Writer(1).write("But ", "soft")
    (its_id,) = await History(engine).append([entry(document, verona.romeo, second)])
    found = await findings(engine)
    assert (found.good, found.waiting) == (True, [its_id])


@pytest.mark.parametrize("how", ["rotten", "forgets", "invents"])
async def test_a_wrong_snapshot_is_found_and_made_anew(
    engine: AsyncEngine, verona: Verona, document: DocumentId, how: str
) -> None:
    await fill(engine, verona, document)
    good = await History(engine).state(document)
    other: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    if how == "invents":
        other.apply_update(good)
        other.get("text", type=pycrdt.Text).insert(0, "never said ")
    state = b"rot" if how == "rotten" else other.get_update()
    async with writing(engine) as connection:
        await connection.execute(update(snapshots).values(state=state))
    assert (await findings(engine)).snapshot_differs
    await repair(engine, document)
    assert (await findings(engine)).good
    assert await History(engine).state(document) == good


async def test_what_cannot_be_read_is_named(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo, juliet = Writer(1), Writer(2)
    history = History(engine)
    await history.append([entry(document, verona.romeo, romeo.write("soft")[0])])
    (its_id,) = await history.append([entry(document, verona.juliet, juliet.write("rot")[0])])
    async with writing(engine) as connection:
        rot = update(updates).where(updates.c.id == its_id).values(data=b"rot")
        await connection.execute(rot)
    found = await findings(engine)
    assert (found.good, found.unreadable) == (False, [its_id])
    await repair(engine, document)
    assert (await findings(engine)).unreadable == [its_id]
    assert text_of(await History(engine).state(document)) == "soft"


async def test_history_in_anothers_name_is_named(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    (its_id,) = await History(engine).append(
        [entry(document, verona.romeo, Writer(1).write("soft")[0])]
    )
    async with writing(engine) as connection:
        await connection.execute(delete(clients))
        juliets = {"document_id": document, "client_id": 1, "account_id": verona.juliet}
        await connection.execute(insert(clients).values(juliets))
    assert (await findings(engine)).foreign == [its_id]


async def test_the_command_says_so_and_exits_with_it(
    engine: AsyncEngine, database_url: str, verona: Verona, document: DocumentId
) -> None:
    async def run(*options: str) -> tuple[int | None, str]:
        process = await create_subprocess_exec(
            *(sys.executable, "-m", "xmpp_bridge", "documents", "check", *options),
            f"--HubService.database_url={database_url}",
            stdout=PIPE,
        )
        out, _ = await process.communicate()
        return process.returncode, out.decode()

    await fill(engine, verona, document)
    async with writing(engine) as connection:
        await connection.execute(update(snapshots).values(state=b"rot"))
        assert (await connection.execute(select(snapshots.c.document_id))).scalar_one() == document
    code, said = await run()
    assert (code, f"{document} 'a.md': the snapshot" in said) == (1, True)
    code, said = await run("--repair")
    assert (code, "0 damaged, 1 repaired" in said) == (0, True)
    assert (await run())[0] == 0
