"""One statement, one trip: what it brings, and what becomes of connections that have ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.storage.engine import writing
from xmpp_bridge.storage.prepared import Prepared, Reads
from xmpp_bridge.storage.types import UtcTime

NOON = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
moments = Table(
    "moments", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcTime)
)
AFTER = select(moments).where(moments.c.id > bindparam("after", type_=Integer))


@pytest.fixture(autouse=True)
async def table(engine: AsyncEngine) -> AsyncIterator[None]:
    async with writing(engine) as connection:
        await connection.run_sync(moments.create)
        await connection.execute(insert(moments), [{"id": n, "at": NOON} for n in (1, 2, 3)])
    yield
    async with writing(engine) as connection:
        await connection.run_sync(moments.drop)


@pytest.fixture
async def reads(engine: AsyncEngine) -> AsyncIterator[Reads]:
    async with aclosing(Reads(engine)) as reads:
        yield reads


async def test_rows_have_the_names_and_types_of_the_columns(reads: Reads) -> None:
    rows = await reads.rows(Prepared(AFTER, reads.dialect), {"after": 1})
    assert sorted((row.id, row.at) for row in rows) == [(2, NOON), (3, NOON)]


async def test_a_connection_that_ended_unused_is_replaced(
    reads: Reads, engine: AsyncEngine
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("a file does not hang up")
    prepared = Prepared(AFTER, reads.dialect)
    await reads.rows(prepared, {"after": 0})
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    async with engine.connect() as connection:
        await connection.execute(text(f"{others} AND datname = current_database()"))

    assert len(await reads.rows(prepared, {"after": 0})) == 3


async def test_what_the_database_refuses_is_an_error_without_values(
    reads: Reads, engine: AsyncEngine
) -> None:
    prepared = Prepared(AFTER, reads.dialect)
    async with writing(engine) as connection:
        await connection.run_sync(moments.drop)
    try:
        with pytest.raises(OperationalError) as refused:
            await reads.rows(prepared, {"after": 987_654})
        assert "987654" not in str(refused.value)
    finally:
        async with writing(engine) as connection:
            await connection.run_sync(moments.create)


async def test_nothing_can_be_written(reads: Reads, engine: AsyncEngine) -> None:
    removing = Prepared(AFTER, reads.dialect)
    removing.sql = "DELETE FROM moments WHERE id > " + (
        "?" if engine.dialect.name == "sqlite" else "$1"
    )
    with pytest.raises(DBAPIError):
        await reads.rows(removing, {"after": 0})

    assert len(await reads.rows(Prepared(AFTER, reads.dialect), {"after": 0})) == 3
