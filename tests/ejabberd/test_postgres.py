"""ejabberd on PostgreSQL: by one setting, with tables made at the first start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy.engine import URL

from tests.ejabberd.people import Verona
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.ejabberd.launcher import Ejabberd, prepare, running
from xmpp_bridge.ejabberd.settings import EjabberdSettings, PostgresDatabase
from xmpp_bridge.xmpp.errors import UnavailableError

pytestmark = pytest.mark.e2e

DOCUMENTS = "documents.montague.lit"


@pytest.fixture
async def database(postgresql_server: URL) -> AsyncIterator[PostgresDatabase]:
    """An empty database of a user who owns nothing else."""
    name = f"ejabberd_{uuid4().hex}"
    folder = str(postgresql_server.query["host"])
    administrator = await asyncpg.connect(
        host=folder, user=postgresql_server.username, database="postgres"
    )
    await administrator.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'wherefore'")
    await administrator.execute(f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0")
    async with over_tcp(Path(folder, ".s.PGSQL.5432")) as (host, port):
        yield PostgresDatabase(host, port, name, name, "wherefore")
    await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await administrator.execute(f"DROP ROLE {name}")
    await administrator.close()


async def test_rooms_live_in_postgres_and_outlive_ejabberd(
    settings: EjabberdSettings, database: PostgresDatabase
) -> None:
    settings = replace(settings, database=database)
    async with running(settings) as ejabberd:
        await api_of(ejabberd).create_room("balcony", DOCUMENTS, {"password": "rose"})
        async with Verona(ejabberd).person("romeo"):
            assert await api_of(ejabberd).sessions("romeo") == ["jupyter"]
        await ejabberd.kill()

    async with running(settings) as ejabberd:
        assert await api_of(ejabberd).rooms(DOCUMENTS) == ["balcony"]
    assert await rooms_in(database) == ["balcony"]
    assert not settings.files.sqlite.exists()


async def test_tables_are_made_once_by_whoever_comes_first(
    tmp_path: Path, database: PostgresDatabase
) -> None:
    instances = [
        EjabberdSettings("montague.lit", tmp_path / name, database=database)
        for name in ("romeo", "juliet")
    ]

    await asyncio.gather(*map(prepare, instances))
    await prepare(instances[0])

    assert await rooms_in(database) == []


async def test_a_database_that_does_not_answer_is_said_so(
    settings: EjabberdSettings, database: PostgresDatabase
) -> None:
    elsewhere = replace(database, name="verona")

    with pytest.raises(UnavailableError, match="database"):
        async with running(replace(settings, database=elsewhere)):
            pass


def api_of(ejabberd: Ejabberd) -> EjabberdApi:
    return EjabberdApi(ejabberd.admin_address, "montague.lit", ejabberd.admin_credential)


async def rooms_in(database: PostgresDatabase) -> list[str]:
    connection = await asyncpg.connect(
        host=database.host,
        port=database.port,
        user=database.user,
        password=database.password,
        database=database.name,
    )
    try:
        return [row["name"] for row in await connection.fetch("SELECT name FROM muc_room")]
    finally:
        await connection.close()


@asynccontextmanager
async def over_tcp(path: Path) -> AsyncIterator[tuple[str, int]]:
    """A port which leads to the unix socket: ejabberd 23.01 reaches PostgreSQL by TCP only."""

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_unix_connection(path)
        await asyncio.gather(copy(reader, forth), copy(back, writer), return_exceptions=True)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()

    async with await asyncio.start_server(forward, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield host, port
