"""What tests of several folders need: a database of each kind, and three people on a hub."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.e2e.stage import Person, Stage, staged
from tests.storage import postgresql
from xmpp_bridge.storage.engine import create_engine
from xmpp_bridge.storage.migrate import upgrade

# How long a machine takes for an example says nothing about the code: several tests run at once.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

KINDS = ("sqlite", "postgresql")
MIGRATED = "migrated"
LOGGED = 150
"""Lines of the hub's log that a failed test shows."""
# Ten times as fast as a new database for each test. Sessions that a failed test has left hold locks.
EMPTY = """
    DO $$ DECLARE name text; BEGIN
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid();
        SET LOCAL session_replication_role = replica;
        FOR name IN SELECT quote_ident(tablename) FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
    END $$
"""


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    programs = postgresql.binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with postgresql.running(programs) as server:
        asyncio.run(_execute(server, f"CREATE DATABASE {MIGRATED}"))
        asyncio.run(upgrade(_render(server.set(database=MIGRATED))))
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "bridge.sqlite"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=KINDS)
def database_server(request: pytest.FixtureRequest) -> URL | None:
    """Where databases are made; None for SQLite, which needs nothing but a file."""
    if request.param == "sqlite":
        return None
    server: URL = request.getfixturevalue("postgresql_server")
    return server


@pytest.fixture
async def empty_database_url(database_server: URL | None, tmp_path: Path) -> AsyncIterator[str]:
    """A database without tables."""
    if database_server is None:
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    name = f"test_{uuid4().hex}"
    await _execute(database_server, f"CREATE DATABASE {name} TEMPLATE template0")
    yield _render(database_server.set(database=name))
    await _execute(database_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database_url(
    database_server: URL | None, migrated_file: Path, tmp_path: Path
) -> AsyncIterator[str]:
    """A database with all tables and nothing in them."""
    if database_server is None:
        path = tmp_path / "bridge.sqlite"
        shutil.copy(migrated_file, path)
        yield f"sqlite:///{path}"
        return
    server = database_server.set(database=MIGRATED)
    yield _render(server)
    await _execute(server, EMPTY)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


async def _execute(server: URL, statement: str) -> None:
    address = server.set(drivername="postgresql+asyncpg")
    engine = create_async_engine(address, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def _render(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed on a stage tells what its hub, service and servers logged last."""
    report = yield
    stage = getattr(item, "funcargs", {}).get("stage")
    if report.failed and isinstance(stage, Stage) and stage.stack.settings.log.exists():
        lines = stage.stack.settings.log.read_text(errors="replace").splitlines()
        report.sections.append(("the hub's log", "\n".join(lines[-LOGGED:])))
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    """One stack for all who mend what they break and use files of their own: each start costs half a minute."""
    async with staged("alice", "bob", "carol") as stage:
        yield stage


@pytest.fixture
def alice(stage: Stage) -> Person:
    return stage.people["alice"]


@pytest.fixture
def bob(stage: Stage) -> Person:
    return stage.people["bob"]


@pytest.fixture
def carol(stage: Stage) -> Person:
    return stage.people["carol"]
