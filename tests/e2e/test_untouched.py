"""Files that are not shared: jupyter-collaboration does with them what it does without us."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from demo.rest import RefusedError
from tests.e2e.plain_server import PlainServer, plain_server
from tests.e2e.stock_session import StockSession

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def test_what_is_not_shared_is_as_without_us(record_property: Any) -> None:
    seen = {}
    for bridge in (False, True):
        async with server(bridge=bridge) as plain:
            assert await is_active(plain) == bridge
            session = StockSession(plain)
            await session.play()
            seen[bridge] = session.seen
    assert seen[True] == seen[False]
    record_property("figure", f"{len(seen[True])} observations, 0 differ")


@asynccontextmanager
async def server(*, bridge: bool) -> AsyncIterator[PlainServer]:
    folder = Path(tempfile.mkdtemp(prefix="xb-"))
    try:
        async with plain_server(folder, bridge=bridge) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def is_active(server: PlainServer) -> bool:
    """Whether our rooms are in place of the stock ones: the REST API is there only then."""
    try:
        answer = await server.rest.call("GET", "xmpp-bridge/api/documents")
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return False
    return bool(answer == {"documents": []})
