"""How the service talks to its database: SQLite in one file, or PostgreSQL (decision 0003)."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import URL, Connection, ExceptionContext
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout=30000",  # writers queue; they do not fail
    "PRAGMA synchronous=FULL",  # what was acknowledged survives a power cut
    "PRAGMA foreign_keys=ON",
)
WAL = "PRAGMA journal_mode=WAL"
"""Readers never wait for the writer."""
WAL_WITHIN = 30.0
"""Seconds: two that open a new database at once may both want to change its mode, and SQLite lets neither wait."""
WAL_EVERY = 0.01
AWAY = ("08", "53", "57P")
"""SQLSTATEs that tell of the server and not of a statement: no connection, no room for one, stopping or starting."""
_WRITES = "xmpp_bridge_writes"
_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


def create_engine(url: str) -> AsyncEngine:
    """An engine for `url`, with what decision 0003 says about durability; the caller disposes it.

    Its errors do not show the values of a statement: they are people's notebooks and passwords.
    """
    address = _with_async_driver(make_url(url))
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    return _postgresql(address, pool_pre_ping=True)


def create_reading_engine(address: URL, connections: int) -> AsyncEngine:
    """An engine for single statements which only read; each is planned for its own values, on PostgreSQL.

    After five executions it would plan for values of no particular frequency, and scan for a frequent word.
    """
    pool: dict[str, Any] = {
        "pool_size": connections,
        "max_overflow": 0,
        "pool_reset_on_return": None,
    }
    if address.get_backend_name() == "sqlite":
        engine = _sqlite(address, **pool)
        event.listen(engine.sync_engine, "connect", _only_read)
        return engine
    settings = {
        "plan_cache_mode": "force_custom_plan",
        "jit": "off",
        "default_transaction_read_only": "on",
    }
    return _postgresql(address, **pool, connect_args={"server_settings": settings})


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction which only reads, from one consistent state of the database."""
    async with engine.connect() as connection, connection.begin():
        yield connection


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction, committed when the block ends and undone when it raises."""
    async with engine.connect() as connection:
        await connection.execution_options(**{_WRITES: True})
        async with connection.begin():
            yield connection


def _with_async_driver(address: URL) -> URL:
    driver = _ASYNC_DRIVERS.get(address.get_backend_name())
    if driver is None:
        raise ValueError(f"no support for databases of kind {address.get_backend_name()!r}")
    return address.set(drivername=driver)


def _only_read(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.execute("PRAGMA cache_size=-16000")  # KiB; a frequent word is in more than 2,000
    cursor.close()


def _postgresql(address: URL, **options: Any) -> AsyncEngine:
    engine = create_async_engine(address, hide_parameters=True, **options)

    @event.listens_for(engine.sync_engine, "handle_error")
    def judge(context: ExceptionContext) -> None:
        # SQLAlchemy has names for a few errors of asyncpg; a server that is starting is to it an error as any other.
        error = context.original_exception
        state = getattr(error, "sqlstate", None) or ""
        known = isinstance(context.sqlalchemy_exception, OperationalError | InterfaceError)
        if state.startswith(AWAY) and not known:
            raise OperationalError(None, None, error, hide_parameters=True) from error

    return engine


def _sqlite(address: URL, **options: Any) -> AsyncEngine:
    engine = create_async_engine(address, hide_parameters=True, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # Python's driver would begin transactions by itself, and only at the first change.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()
        connection.run_async(_use_wal)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once, without waiting, when another
        # one wrote in between: so those which write say so at their beginning and queue up there.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


async def _use_wal(connection: Any) -> None:
    latest = time.monotonic() + WAL_WITHIN
    while True:
        try:
            await (await connection.execute(WAL)).close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > latest:
                raise
            await asyncio.sleep(WAL_EVERY)
        else:
            return
