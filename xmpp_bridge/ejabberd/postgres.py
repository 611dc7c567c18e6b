"""ejabberd's tables in PostgreSQL, which ejabberd 23.01 does not make by itself."""

from __future__ import annotations

import asyncpg  # type: ignore[import-untyped]

from xmpp_bridge.ejabberd.settings import PostgresDatabase
from xmpp_bridge.xmpp.errors import UnavailableError

# One lock for all who set up at the same time: the number is "ejabberd" on a telephone.
_SETUP_LOCK = 35322373


async def ensure_schema(database: PostgresDatabase, schema: str) -> None:
    """Leave ejabberd's tables in `database`, as the `schema` of the installed package defines them."""
    try:
        connection = await asyncpg.connect(
            host=database.host,
            port=database.port,
            user=database.user,
            password=database.password,
            database=database.name,
        )
    except (OSError, asyncpg.PostgresError) as error:
        raise UnavailableError(f"ejabberd's database does not answer: {error}") from error
    try:
        await _create_missing(connection, schema)
    finally:
        await connection.close()


async def _create_missing(connection: asyncpg.Connection, schema: str) -> None:
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _SETUP_LOCK)
        if await connection.fetchval("SELECT to_regclass('muc_room')") is None:
            await connection.execute(schema)
