"""What a client says of itself while it cannot log in."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import BridgeError, UnavailableError, UnreachableError
from xmpp_bridge.xmpp.retry import KNOCK, LONGEST
from xmpp_bridge.xmpp.stream import Login


async def test_it_says_since_when_it_is_away_and_when_it_tries_again() -> None:
    attempts = 0

    async def nobody() -> Login:
        nonlocal attempts
        attempts += 1
        raise UnavailableError("there is no credential yet")

    began = datetime.now(UTC)
    client = Client(nobody, chance=lambda: 1.0)
    running = asyncio.create_task(client.run())
    try:
        async with asyncio.timeout(5):
            while client.retry_at is None:
                await asyncio.sleep(0)
            assert began <= client.since <= datetime.now(UTC) < client.retry_at
            client.hurry()
            while attempts == 1:
                await asyncio.sleep(0)
    finally:
        running.cancel()
        await asyncio.wait([running])
    assert client.retry_at is None


@pytest.mark.parametrize(
    ("trouble", "longest"), [(UnreachableError, KNOCK), (UnavailableError, LONGEST)]
)
async def test_where_nobody_listens_it_knocks_more_often(
    trouble: type[BridgeError], longest: timedelta
) -> None:
    async def nobody() -> Login:
        raise trouble("Verona does not answer")

    client = Client(nobody, chance=lambda: 1.0)
    waits: dict[datetime, timedelta] = {}
    running = asyncio.create_task(client.run())
    try:
        async with asyncio.timeout(5):
            while len(waits) < 12:
                await asyncio.sleep(0)
                if client.retry_at is not None and client.retry_at not in waits:
                    waits[client.retry_at] = client.retry_at - datetime.now(UTC)
                    client.hurry()
    finally:
        running.cancel()
        await asyncio.wait([running])
    assert longest - timedelta(seconds=1) < max(waits.values()) <= longest
