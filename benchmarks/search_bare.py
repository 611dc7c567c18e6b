"""The same SQL on the bare driver, one connection kept open: what a search costs without any layer at all."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from json import loads
from operator import itemgetter
from typing import Any, Protocol

import aiosqlite
import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.search_by_hand import AS_THEY_ARE, DATES, FOUND, ByHand
from xmpp_bridge.archive.tables import said

SAID_AT, DETAILS = (list(said.c.keys()).index(name) for name in ("said_at", "details"))


class Bare(Protocol):
    """Runs one statement, reads the times and the details of what comes, and returns the places that it found."""

    async def find(self, asker: int, question: ByHand) -> list[int]: ...


class _Sqlite:
    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def find(self, asker: int, question: ByHand) -> list[int]:
        sql, values = _statement("sqlite", asker, question)
        rows = await self._connection.execute_fetchall(sql, values)
        read = [(row[0], datetime.fromisoformat(row[SAID_AT]), loads(row[DETAILS])) for row in rows]
        return [place for place, _, _ in sorted(read, key=itemgetter(0), reverse=True)]


class _Postgresql:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def find(self, asker: int, question: ByHand) -> list[int]:
        sql, values = _statement("postgresql", asker, question)
        numbered, ordered = _numbered(sql, values)
        rows = await self._connection.fetch(numbered, *ordered)
        read = [(row["id"], row["said_at"], loads(row["details"])) for row in rows]
        return [place for place, _, _ in sorted(read, key=itemgetter(0), reverse=True)]


@asynccontextmanager
async def bare(engine: AsyncEngine) -> AsyncIterator[Bare]:
    """A connection to the same database, without SQLAlchemy."""
    url = engine.url
    if engine.dialect.name == "sqlite":
        async with aiosqlite.connect(str(url.database)) as connection:
            yield _Sqlite(connection)
        return
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = {"plan_cache_mode": "force_custom_plan", "jit": "off"}
    postgresql = await asyncpg.connect(address, server_settings=settings)
    try:
        yield _Postgresql(postgresql)
    finally:
        await postgresql.close()


def _statement(dialect: str, asker: int, question: ByHand) -> tuple[str, dict[str, Any]]:
    dates = DATES[dialect] if question.since is not None else ""
    values = {"asker": asker, "expression": question.expression}
    if dates:
        values |= {"since": question.since, "until": question.until}
    return AS_THEY_ARE[dialect].format(found=FOUND[dialect].format(dates=dates)), values


def _numbered(sql: str, values: dict[str, Any]) -> tuple[str, Sequence[Any]]:
    """Asyncpg numbers its parameters."""
    names = list(values)
    pattern = re.compile(r":(" + "|".join(names) + r")\b")
    sql = sql.replace("CAST(:expression AS tsquery)", "CAST(CAST(:expression AS text) AS tsquery)")
    return pattern.sub(lambda found: f"${names.index(found[1]) + 1}", sql), [*values.values()]
