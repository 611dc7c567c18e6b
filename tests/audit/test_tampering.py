"""Somebody with the database's password changes the past: each is found with what was kept elsewhere, and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tests.audit.conftest import Ledger, said
from xmpp_bridge.audit.canonical import canonical
from xmpp_bridge.audit.tables import checkpoints, contents, entries, head, tiles
from xmpp_bridge.audit.tree import Frontier, leaf_hash
from xmpp_bridge.storage.engine import writing

Tamper = Callable[[AsyncConnection], Awaitable[None]]


async def rewritten(connection: AsyncConnection, position: int, **changes: object) -> bytes:
    """The entry at a place, changed in its text."""
    query = select(entries.c.entry).where(entries.c.position == position)
    entry = json.loads((await connection.execute(query)).scalar_one())
    return canonical({**entry, **changes})


async def change_one(connection: AsyncConnection) -> None:
    entry = await rewritten(connection, 40, account=2)
    this = entries.c.position == 40
    await connection.execute(update(entries).where(this).values(entry=entry, account_id=2))


async def change_a_content(connection: AsyncConnection) -> None:
    this = contents.c.position == 40
    content = canonical({"body": "I never said it", "sender": "romeo@montague.lit"})
    await connection.execute(update(contents).where(this).values(content=content))


async def delete_one(connection: AsyncConnection) -> None:
    await connection.execute(delete(entries).where(entries.c.position == 40))


async def delete_the_last_ten(connection: AsyncConnection) -> None:
    await connection.execute(delete(entries).where(entries.c.position >= 90))
    await rebuild(connection)


async def swap_two(connection: AsyncConnection) -> None:
    for old, new in ((40, 1000), (41, 40), (1000, 41)):
        for table in (entries, contents):
            this = table.c.position == old
            await connection.execute(update(table).where(this).values(position=new))


async def insert_one(connection: AsyncConnection) -> None:
    """Everything behind it moves by one, as somebody would do it who knows the tables."""
    for table in (entries, contents):
        name = table.name
        await connection.execute(
            text(f"UPDATE {name} SET position = -position WHERE position >= 40")
        )
        await connection.execute(
            text(f"UPDATE {name} SET position = 1 - position WHERE position < 0")
        )
        columns = ", ".join(column.name for column in table.c if column.name != "position")
        await connection.execute(
            text(
                f"INSERT INTO {name} (position, {columns}) SELECT 40, {columns} FROM {name} WHERE position = 39"
            )
        )
    await connection.execute(update(head).values(size=101))
    await rebuild(connection)


async def destroy_silently(connection: AsyncConnection) -> None:
    await connection.execute(delete(contents).where(contents.c.position == 40))


async def replace_the_tree(connection: AsyncConnection) -> None:
    """An entry is changed, and all hashes are made anew from it; the database agrees with itself."""
    await change_one(connection)
    await rebuild(connection)


async def rebuild(connection: AsyncConnection) -> None:
    query = select(entries.c.position, entries.c.entry).order_by(entries.c.position)
    frontier = Frontier()
    for row in (await connection.execute(query)).all():
        leaf = leaf_hash(bytes(row.entry))
        frontier.append(leaf)
        this = entries.c.position == row.position
        await connection.execute(update(entries).where(this).values(leaf=leaf))
    await connection.execute(delete(tiles))
    await connection.execute(delete(checkpoints))
    values = {"size": frontier.size, "frontier": frontier.hashes}
    await connection.execute(update(head).values(values))


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (change_one, "entry 40 was altered"),
        (change_a_content, "entry 40: its content was altered"),
        (delete_one, "entry 40 is missing: 41 stands in its place"),
        (delete_the_last_ten, "entry 90 is missing: the record ends there, and was once of 100"),
        (swap_two, "entry 40 is not there: entry 41 stands in its place"),
        (insert_one, "entry 40 is not there: entry 39 stands in its place"),
        (destroy_silently, "entry 40 has lost its content"),
        (replace_the_tree, "entry 40 is the first that may have been altered, and 59 the last"),
    ],
)
async def test_it_is_found_and_named(ledger: Ledger, tamper: Tamper, named: str) -> None:
    await ledger.fill(100, sign_every=20)
    status, verdict = await ledger.verdict()
    assert (status, verdict) == (0, "100 entries are as they were")

    async with writing(ledger.engine) as connection:
        await tamper(connection)

    status, verdict = await ledger.verdict()
    assert status == 1
    assert verdict.startswith(f"NOT what it was: {named}")


async def test_a_stream_that_was_kept_elsewhere_names_the_very_entry(ledger: Ledger) -> None:
    await ledger.fill(100)
    stream = ledger.folder / "stream.jsonl"
    lines = [json.loads(line) for line in await ledger.export()]
    stream.write_text(
        "".join(
            json.dumps({"index": line["index"], "leaf": line["leaf"]}) + "\n"
            for line in lines
            if "leaf" in line
        )
    )
    async with writing(ledger.engine) as connection:
        await replace_the_tree(connection)

    assert (await ledger.verdict())[1].endswith(
        "0 is the first that may have been altered, and 99 the last: the tree of 100 was another one"
    )
    assert (await ledger.verdict(stream=stream))[1].startswith(
        "NOT what it was: entry 40 was altered"
    )


async def test_an_older_database_is_found(ledger: Ledger) -> None:
    """Rolled back, and gone on from there: as long as before, and another one."""
    path = ledger.engine.url.database
    if ledger.engine.dialect.name != "sqlite" or path is None:
        pytest.skip("a folder of PostgreSQL is not copied while it runs")
    await ledger.fill(60)
    await ledger.engine.dispose()
    shutil.copy(path, ledger.folder / "backup.sqlite")
    await ledger.fill(40)
    await ledger.engine.dispose()
    shutil.copy(ledger.folder / "backup.sqlite", path)
    (ledger.folder / f"{path}-wal").unlink(missing_ok=True)

    assert await ledger.checkpoints.behind() == 40
    assert "entry 60 is missing: the record ends there" in (await ledger.verdict())[1]
    await ledger.record(*(said(f"another {number}") for number in range(45)))
    await ledger.sequencer.sequence_all()
    assert "entry 60 is the first that may have been altered" in (await ledger.verdict())[1]


async def test_forged_checkpoints_are_told_from_real_ones(ledger: Ledger) -> None:
    await ledger.fill(10)
    kept = ledger.kept.read_text()
    ledger.kept.write_text(kept.replace("\n10\n", "\n9\n"))

    assert (await ledger.verdict())[1].endswith(
        "the signature of the checkpoint of size 9 is forged"
    )


async def test_what_is_newer_than_the_last_checkpoint_is_said_not_to_be_proven(
    ledger: Ledger,
) -> None:
    await ledger.fill(10)
    await ledger.record(said("later"))
    await ledger.sequencer.sequence_all()

    status, verdict = await ledger.verdict()
    assert (status, verdict) == (0, "11 entries are as they were, 1 newer than the last checkpoint")


async def test_nothing_is_proven_without_a_checkpoint(ledger: Ledger) -> None:
    await ledger.fill(10)
    ledger.kept.write_text("")

    assert await ledger.verdict() == (
        1,
        "NOT what it was: entry 0 is not proven: no checkpoint is of a part of this export",
    )


async def test_an_export_that_was_cut_off_goes_on_where_it_broke(ledger: Ledger) -> None:
    await ledger.fill(30)
    lines = await ledger.export()

    resumed = [*lines[:13], *await ledger.export(first=12)]

    assert (await ledger.verdict(resumed))[0] == 0
    assert (await ledger.verdict(lines[:13]))[1].startswith("NOT what it was: entry 12 is missing")


async def test_an_entry_that_cannot_be_read_is_named(ledger: Ledger) -> None:
    await ledger.fill(10)
    lines = await ledger.export()
    lines[4] = lines[4][:20]

    assert (await ledger.verdict(lines))[
        1
    ] == "NOT what it was: entry 3 cannot be read: JSONDecodeError"


async def test_there_is_nothing_to_say_without_a_key(ledger: Ledger, engine: AsyncEngine) -> None:
    await ledger.fill(1)
    ledger.key.write_text("nothing")

    assert (await ledger.verdict())[0] == 2
