"""A durable copy, and people who write into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.documents.verona import Verona, entry
from xmpp_bridge.documents.history import History
from xmpp_bridge.rooms.identifiers import DocumentId


@pytest.fixture
async def verona(engine: AsyncEngine) -> Verona:
    return await Verona(engine).settle()


@pytest.fixture
async def document(verona: Verona) -> DocumentId:
    return await verona.document()


@pytest.fixture
def history(engine: AsyncEngine) -> History:
    return History(engine)


@pytest.fixture
def keep(
    history: History, verona: Verona, document: DocumentId
) -> Callable[[Iterable[bytes]], object]:
    """Append updates of Romeo."""
    return lambda many: history.append([entry(document, verona.romeo, data) for data in many])
