"""What the service holds for as long as it runs: a listening socket, a database, a way to the hub."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tornado.httpserver import HTTPServer

from xmpp_bridge.ejabberd.private_file import write_private
from xmpp_bridge.hub_service.away import DATABASE_AWAY, refusal
from xmpp_bridge.hub_service.environment import HubEnvironment
from xmpp_bridge.hub_service.hub_api import HubApi
from xmpp_bridge.hub_service.parts import Front
from xmpp_bridge.hub_service.routes import application
from xmpp_bridge.storage.engine import create_engine, reading
from xmpp_bridge.storage.migrate import upgrade_engine
from xmpp_bridge.xmpp.errors import BridgeError

MOST_JSON = 1024 * 1024


@asynccontextmanager
async def listening(front: Front, environment: HubEnvironment, state: Path) -> AsyncIterator[None]:
    """Answer requests for the length of the block; those under way at its end are cut off."""
    server = HTTPServer(application(front, _cookie_secret(state)), max_body_size=MOST_JSON)
    server.listen(environment.port, environment.interface)
    try:
        yield
    finally:
        server.stop()
        await server.close_all_connections()


@asynccontextmanager
async def database(url: str) -> AsyncIterator[AsyncEngine]:
    """The database, in whatever state it is."""
    engine = create_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def hub_api(environment: HubEnvironment) -> AsyncIterator[HubApi]:
    """The hub's REST API in the service's own name."""
    hub = HubApi(environment.api_url, environment.api_token)
    try:
        yield hub
    finally:
        hub.close()


async def upgrade(engine: AsyncEngine) -> None:
    """Bring the database to the schema of this release."""
    await upgrade_engine(engine)


async def database_trouble(engine: AsyncEngine) -> BridgeError | None:
    """Why the database does not answer, if it does not."""
    try:
        async with reading(engine) as connection:
            await connection.execute(text("SELECT 1"))
    except DATABASE_AWAY as error:
        return refusal(error)
    return None


def link_key(state: Path) -> bytes:
    """What the addresses of links are made from; without it those that are out still work, and none is shown again."""
    return _kept_secret(state / "link-key")


def _cookie_secret(state: Path) -> bytes:
    """Kept, so that browsers stay logged in when the service is started again."""
    return _kept_secret(state / "cookie-secret")


def _kept_secret(path: Path) -> bytes:
    if not path.exists():
        write_private(path, secrets.token_bytes(32))
    return path.read_bytes()
