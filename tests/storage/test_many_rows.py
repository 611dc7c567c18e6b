"""A statement for many rows: compiled once, and each value as its column has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.storage.many_rows import ManyRows
from xmpp_bridge.storage.types import UtcTime

NOON = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
letters = Table(
    "letters",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime),
    Column("seal", LargeBinary),
    Column("text", Text),
)
KEEP = ManyRows(insert(letters), ("text", "at", "id", "seal"))
CHANGE = ManyRows(
    update(letters).where(letters.c.id == bindparam("id_")).values(text=bindparam("new")),
    ("new", "id_"),
)


@pytest.fixture(autouse=True)
async def table(engine: AsyncEngine) -> AsyncIterator[None]:
    async with writing(engine) as connection:
        await connection.run_sync(letters.create)
    yield
    async with writing(engine) as connection:
        await connection.run_sync(letters.drop)


async def test_rows_are_kept_as_the_columns_have_them(engine: AsyncEngine) -> None:
    given = [("To Juliet", NOON, 1, b"\0"), (None, NOON + timedelta(days=1), 2, None)]
    async with writing(engine) as connection:
        await KEEP.execute(connection, given)
    async with writing(engine) as connection:
        await KEEP.execute(connection, [("To the friar", None, 3, b"")])
        await CHANGE.execute(connection, [("To Romeo", 1), ("Returned", 3)])

    async with reading(engine) as connection:
        found = (await connection.execute(select(letters).order_by(letters.c.id))).all()
    assert [tuple(row) for row in found] == [
        (1, NOON, b"\0", "To Romeo"),
        (2, NOON + timedelta(days=1), None, None),
        (3, None, b"", "Returned"),
    ]


async def test_what_the_database_refuses_changes_nothing_and_shows_no_values(
    engine: AsyncEngine,
) -> None:
    same = [("a secret", NOON, 1, None)] * 2
    with pytest.raises(DBAPIError) as refused:
        async with writing(engine) as connection:
            await KEEP.execute(connection, same)
    assert "a secret" not in str(refused.value)
    async with reading(engine) as connection:
        assert (await connection.execute(select(letters))).all() == []
