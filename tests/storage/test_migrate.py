from __future__ import annotations

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

import xmpp_bridge.archive.tables
import xmpp_bridge.audit.tables
import xmpp_bridge.documents.tables
import xmpp_bridge.presence.tables
import xmpp_bridge.uploads.tables  # noqa: F401  (these four know every table)
from xmpp_bridge.storage.base import metadata
from xmpp_bridge.storage.engine import create_engine, reading
from xmpp_bridge.storage.migrate import upgrade

ONLY_POSTGRESQL = "ix_chat_words_lexemes"
UNDECLARED = ("chat_index", "record_index", "ix_record_words_words")


def is_declared(name: str | None) -> bool:
    """SQLite's full-text indices are virtual tables with tables of their own: no metadata can declare them.

    Nor can Alembic compare an index over an expression.
    """
    return not (name or "").startswith(UNDECLARED)


async def test_migrations_lead_to_exactly_the_tables_that_the_code_declares(
    engine: AsyncEngine,
) -> None:
    def differences(connection: Connection) -> list[object]:
        sqlite = connection.dialect.name == "sqlite"
        options = {
            "compare_type": True,
            "include_name": lambda name, *_: is_declared(name),
            "include_object": lambda _, name, *__: not (sqlite and name == ONLY_POSTGRESQL),
        }
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    async with reading(engine) as connection:
        assert await connection.run_sync(differences) == []


async def test_every_closed_set_of_values_is_closed_in_the_database_too(
    engine: AsyncEngine,
) -> None:
    def checks(connection: Connection) -> set[str | None]:
        inspector = inspect(connection)
        return {
            check["name"]
            for table in inspector.get_table_names()
            for check in inspector.get_check_constraints(table)
        }

    async with reading(engine) as connection:
        assert await connection.run_sync(checks) == {
            "ck_room_members_role",
            "ck_room_links_role",
            "ck_room_entries_kind",
            "ck_room_entries_role",
            "ck_room_restrictions_kind",
            "ck_presence_choices_choice",
            "ck_documents_type",
            "ck_documents_format",
            "ck_chat_said_kind",
            "ck_chat_marks_notify",
        }


async def test_an_upgrade_of_what_is_up_to_date_changes_nothing(database_url: str) -> None:
    await upgrade(database_url)


async def test_services_that_start_together_upgrade_one_after_the_other(
    empty_database_url: str,
) -> None:
    await asyncio.gather(*(upgrade(empty_database_url) for _ in range(3)))

    engine = create_engine(empty_database_url)
    async with reading(engine) as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await engine.dispose()
    assert set(filter(is_declared, names)) == {*metadata.tables, "alembic_version"}


async def test_those_who_open_a_new_database_at_once_all_get_in(empty_database_url: str) -> None:
    engines = [create_engine(empty_database_url) for _ in range(12)]

    async def look(engine: AsyncEngine) -> int:
        async with reading(engine) as connection:
            return int((await connection.execute(text("SELECT 1"))).scalar_one())

    try:
        assert await asyncio.gather(*map(look, engines)) == [1] * len(engines)
    finally:
        for engine in engines:
            await engine.dispose()
