from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.storage.engine import create_engine, reading, writing
from xmpp_bridge.storage.types import UtcTime
from xmpp_bridge.xmpp.errors import ConflictError

NOON = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
scratch = MetaData()
moments = Table("moments", scratch, Column("id", Integer, primary_key=True), Column("at", UtcTime))
counters = Table(
    "counters", scratch, Column("id", Integer, primary_key=True), Column("value", Integer)
)


@pytest.fixture(autouse=True)
async def tables(engine: AsyncEngine) -> AsyncIterator[None]:
    async with writing(engine) as connection:
        await connection.run_sync(scratch.create_all)
        await connection.execute(insert(counters).values(id=1, value=0))
    yield
    async with writing(engine) as connection:
        await connection.run_sync(scratch.drop_all)


async def counter(engine: AsyncEngine) -> int:
    async with reading(engine) as connection:
        return int((await connection.execute(select(counters.c.value))).scalar_one())


async def test_a_block_that_raises_changes_nothing(engine: AsyncEngine) -> None:
    async def fails() -> None:
        async with writing(engine) as connection:
            await connection.execute(update(counters).values(value=1))
            raise ConflictError("a plague on both your houses")

    with pytest.raises(ConflictError):
        await fails()

    assert await counter(engine) == 0


async def test_a_block_that_is_cancelled_changes_nothing(engine: AsyncEngine) -> None:
    reached = asyncio.Event()

    async def never_finished() -> None:
        async with writing(engine) as connection:
            await connection.execute(update(counters).values(value=1))
            reached.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(never_finished())
    await reached.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert await counter(engine) == 0


async def test_people_who_read_and_then_write_at_once_wait_for_each_other(
    engine: AsyncEngine,
) -> None:
    async def increment() -> None:
        async with writing(engine) as connection:
            query = select(counters.c.value).with_for_update()
            value = (await connection.execute(query)).scalar_one()
            await connection.execute(update(counters).values(value=value + 1))

    await asyncio.gather(*(increment() for _ in range(10)))

    assert await counter(engine) == 10


async def test_a_reader_does_not_wait_for_a_writer(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(update(counters).values(value=1))
        assert await counter(engine) == 0

    assert await counter(engine) == 1


async def test_a_moment_comes_back_as_it_was_in_utc(engine: AsyncEngine) -> None:
    in_verona = NOON.astimezone(timezone(timedelta(hours=2)))
    async with writing(engine) as connection:
        await connection.execute(
            insert(moments), [{"id": 1, "at": in_verona}, {"id": 2, "at": None}]
        )

    async with reading(engine) as connection:
        query = select(moments.c.at).order_by(moments.c.id)
        found = list((await connection.execute(query)).scalars())
    assert found == [NOON, None]
    assert found[0].tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        with pytest.raises(StatementError, match="zone"):
            await connection.execute(insert(moments).values(at=NOON.replace(tzinfo=None)))


async def test_an_error_does_not_show_what_was_to_be_written(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError) as error:
        async with writing(engine) as connection:
            await connection.execute(insert(counters).values(id=1, value=15971597))

    assert "15971597" not in str(error.value)


async def test_what_points_nowhere_is_refused(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        async with writing(engine) as connection:
            await connection.execute(
                text("INSERT INTO room_members VALUES (:room, 1, 'owner')"), {"room": "0" * 32}
            )


@pytest.mark.parametrize("database_server", [None], indirect=False)
async def test_what_sqlite_has_acknowledged_survives_a_power_cut(engine: AsyncEngine) -> None:
    async with reading(engine) as connection:
        journal = (await connection.execute(text("PRAGMA journal_mode"))).scalar_one()
        synchronous = (await connection.execute(text("PRAGMA synchronous"))).scalar_one()
    assert (journal, synchronous) == ("wal", 2)  # 2 is FULL: fsync at every commit


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        create_engine("mysql://montague.lit/bridge")
