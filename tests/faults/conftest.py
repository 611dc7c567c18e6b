"""One stack for each file of faults: whatever a test breaks, it mends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.stage import Person, Stage, staged


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with staged("alice", "bob", "carol") as stage:
        yield stage


@pytest.fixture
def alice(stage: Stage) -> Person:
    return stage.people["alice"]


@pytest.fixture
def bob(stage: Stage) -> Person:
    return stage.people["bob"]
