"""SELECTs where every tenth of a millisecond counts: compiled once, and one trip to the database each.

SQLAlchemy makes six trips of one question: begin, cursor, execute, rows, close, roll back. A single statement sees one
moment of the database without any of them; what SQLAlchemy does for us here is the SQL, the types and the connections.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import CompoundSelect, PoolProxiedConnection, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.storage.engine import create_reading_engine

REFUSED = (sqlite3.OperationalError, asyncpg.PostgresError, asyncpg.InterfaceError)
ENDED = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,  # It has heard of the end, and does not call itself closed yet.
)
"""What asyncpg raises of a connection that is no more."""
AT_ONCE = 8
"""Searches; more wait for their turn."""


class Prepared:
    """A SELECT for one kind of database. Its values are numbers and texts, as the driver takes them."""

    def __init__(self, query: Select[Any] | CompoundSelect[Any], dialect: Dialect) -> None:
        compiled: Any = query.compile(dialect=dialect)
        self.sql: str = compiled.string
        self._names: Sequence[str] = compiled.positiontup
        self._given: Mapping[str, Any] = compiled.params
        columns = list(query.selected_columns)
        self._row: Any = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc] # noqa: PYI024
        self._readers = [
            (at, reader)
            for at, column in enumerate(columns)
            if (reader := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Values by name, in the order in which the statement has them."""
        given = {**self._given, **values}
        return [given[name] for name in self._names]

    def rows(self, raw: Sequence[Sequence[Any]]) -> list[Any]:
        """What the driver brought, as the columns' types read it, by name. By columns, which is faster than by rows."""
        columns: list[Iterable[Any]] = list(zip(*raw, strict=True))
        if not columns:
            return []
        for at, reader in self._readers:
            columns[at] = map(reader, columns[at])
        return list(map(self._row._make, zip(*columns, strict=True)))


class Reads:
    """Connections of its own, which only read: those who save do not wait for those who look."""

    def __init__(self, engine: AsyncEngine) -> None:
        """To the database of `engine`."""
        self._engine = create_reading_engine(engine.url, AT_ONCE)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._idle: list[PoolProxiedConnection] = []
        self.dialect = self._engine.dialect

    async def aclose(self) -> None:
        """End the connections."""
        while self._idle:
            self._idle.pop().close()
        await self._engine.dispose()

    async def rows(self, prepared: Prepared, values: Mapping[str, Any]) -> list[Any]:
        """Its rows. Connections that ended while nobody used them are replaced; else raises OperationalError."""
        arguments = prepared.arguments(values)
        try:
            found = None
            async with self._turns:
                for _ in range(AT_ONCE + 1):
                    found = await self._fetch(prepared.sql, arguments)
                    if found is not None:
                        break
        except (*REFUSED, self.dialect.loaded_dbapi.Error, OSError) as error:
            raise OperationalError(prepared.sql, None, error, hide_parameters=True) from error
        if found is None:
            ended = ConnectionError("the database ends every connection")
            raise OperationalError(prepared.sql, None, ended, hide_parameters=True)
        return prepared.rows(found)

    async def _fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Sequence[Any]] | None:
        """What the driver brings, or None when this connection has ended."""
        connection = self._idle.pop() if self._idle else await self._engine.raw_connection()
        driver: Any = connection.driver_connection
        try:
            if self.dialect.name == "sqlite":
                rows: Sequence[Sequence[Any]] = await driver.execute_fetchall(sql, arguments)
            else:
                rows = await driver.fetch(sql, *arguments)
        except (*REFUSED, *ENDED) as error:
            if self.dialect.name == "sqlite" or not (
                driver.is_closed() or isinstance(error, ENDED)
            ):
                raise
            connection.invalidate()
            return None
        finally:
            if connection.is_valid:
                self._idle.append(connection)
            else:
                connection.close()
        return rows
