"""A service on a database of its own, with a hub and an ejabberd that do what a test says."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub_service.client import Client, serving
from tests.hub_service.world import World
from xmpp_bridge.storage.engine import create_engine


@pytest.fixture
async def engine(migrated_file: Path, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    path = tmp_path / "bridge.sqlite"
    shutil.copy(migrated_file, path)
    engine = create_engine(f"sqlite:///{path}")
    yield engine
    await engine.dispose()


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[World]:
    world = World(engine, tmp_path / "uploads")
    yield world
    await world.reads.aclose()


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with serving(world) as client:
        yield client
