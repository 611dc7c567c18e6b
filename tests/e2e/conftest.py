"""Hubs that several tests share: starting one takes longer than most tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.e2e.servers import Hub, HubSettings, running_hub

RECONCILE_SECONDS = 2


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hub() -> AsyncIterator[Hub]:
    """A hub whose Jupyter servers are doors, and whose service looks around every two seconds.

    For tests of the service itself. Each uses people of its own, and leaves the service well.
    """
    settings = HubSettings(doors=True, service={"reconcile_seconds": RECONCILE_SECONDS})
    async with running_hub(settings) as running:
        yield running
