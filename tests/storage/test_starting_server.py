"""A PostgreSQL that listens and lets nobody in yet, as for a second after each start: it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select
from sqlalchemy.exc import OperationalError

from xmpp_bridge.hub_service.away import AWAY
from xmpp_bridge.storage.engine import create_engine, reading
from xmpp_bridge.storage.prepared import Prepared, Reads

SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)
NUMBERS = Table("numbers", MetaData(), Column("id", Integer, primary_key=True))


def refusal(state: str) -> bytes:
    """An ErrorResponse (PostgreSQL's documentation, message formats)."""
    fields = "".join(f"{field}\0" for field in ("SFATAL", "VFATAL", f"C{state}", "Mnot yet"))
    body = fields.encode() + b"\0"
    return b"E" + (len(body) + 4).to_bytes(4) + body


@pytest.fixture(params=["57P03", "53300", "57P01"])
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        start = await reader.read(1000)
        if start == SSL_REQUEST:
            writer.write(b"N")
            await reader.read(1000)
        writer.write(refusal(request.param))
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"postgresql://nobody:wherefore@127.0.0.1:{port}/bridge"


async def test_who_connects_is_told_that_it_is_away(url: str) -> None:
    engine = create_engine(url)
    with pytest.raises(AWAY):
        async with reading(engine):
            pytest.fail("somebody was let in")
    await engine.dispose()


async def test_who_searches_is_told_that_it_is_away(url: str) -> None:
    engine = create_engine(url)
    async with aclosing(Reads(engine)) as reads:
        prepared = Prepared(select(NUMBERS), reads.dialect)
        with pytest.raises(OperationalError):
            await reads.rows(prepared, {})
    await engine.dispose()
