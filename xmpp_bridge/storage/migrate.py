"""Brings a database to the schema of this release; the revisions are part of the wheel."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.storage.engine import create_engine, writing

# Any number will do, as long as nobody else locks it: "xmppbrid" in ASCII.
_MIGRATION_LOCK = int.from_bytes(b"xmppbrid")


async def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest revision, all of it or nothing."""
    engine = create_engine(url)
    try:
        await upgrade_engine(engine)
    finally:
        await engine.dispose()


async def upgrade_engine(engine: AsyncEngine) -> None:
    """The same through an engine one has; services that start together wait for each other."""
    async with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        await connection.run_sync(_to_head)


def _to_head(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "xmpp_bridge.storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
