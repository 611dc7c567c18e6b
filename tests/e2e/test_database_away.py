"""The database of both, the service's and ejabberd's, is away for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.e2e.chatters import Chatter, NotTakenError, chatting, read
from tests.e2e.people import acting, connected, seated
from tests.e2e.servers import Hub, HubSettings, running_hub
from tests.storage import postgresql
from xmpp_bridge.chat.message import Archived, ChatMessage
from xmpp_bridge.documents.stanza import Durable, UpdateStanza
from xmpp_bridge.ejabberd.ports import FreePorts

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

LOOPBACK = "127.0.0.1"
RETRIES = 60


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster() -> AsyncIterator[postgresql.Cluster]:
    programs = postgresql.binaries()
    assert programs is not None, "PostgreSQL is not installed: run `make setup`"
    with postgresql.cluster(programs, FreePorts(LOOPBACK).take(None)) as cluster:
        yield cluster


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(cluster: postgresql.Cluster) -> AsyncIterator[Hub]:
    address = f"{postgresql.SUPERUSER}:wherefore@{LOOPBACK}:{cluster.port}"
    engine = create_async_engine(
        f"postgresql+asyncpg://{address}/postgres", isolation_level="AUTOCOMMIT"
    )
    async with engine.connect() as connection:
        for name in ("bridge", "ejabberd"):
            await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    await engine.dispose()
    service = {
        "database_url": f"postgresql://{address}/bridge",
        "ejabberd_database_url": f"postgresql://{address}/ejabberd",
    }
    async with running_hub(HubSettings(doors=True, service=service)) as hub:
        yield hub


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.accept)])
async def test_editing_goes_on_and_chat_recovers(
    hub: Hub, cluster: postgresql.Cluster, seconds: int, record_property: Any
) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        document = await romeo.document(juliet="editor")
        room = (await romeo.service.admission(document)).info.room
        async with (
            connected(romeo) as romeos,
            connected(juliet) as juliets,
            seated(romeo, document, romeos) as orchard,
            seated(juliet, document, juliets) as balcony,
            chatting(romeo, room, romeos) as his,
            chatting(juliet, room, juliets) as hers,
        ):
            orchard.write("begun")
            await orchard.hears(Durable)
            await balcony.hears(UpdateStanza)
            await hers.heard(his.say("before"))
            cluster.stop()
            slowest, edits, said = 0.0, 0, []
            loop = asyncio.get_running_loop()
            until = loop.time() + seconds
            while loop.time() < until:
                began = loop.time()
                edits += 1
                orchard.write(f" {edits}")
                await balcony.hears(UpdateStanza)
                slowest = max(slowest, loop.time() - began)
                said.append(his.say(f"during {edits}"))
                await asyncio.sleep(0.25)
            cluster.start()
            back = loop.time()
            await hub.until_well()
            last = await _until_taken(his)
            recovered = loop.time() - back
            await orchard.sync()  # as a Jupyter server does when it is asked to
            await balcony.sync()
            assert str(balcony.text) == str(orchard.text)
        bodies = [each["body"] for each in await read(juliet, room)]
        heard = [line for line in hers.lines if isinstance(line.payload, ChatMessage)]
        promised = max(
            int(line.payload.through) for line in his.lines if isinstance(line.payload, Archived)
        )
        delivered = [
            line.payload.body
            for line in heard
            if isinstance(line.payload, ChatMessage) and int(line.stanza_id or 0) <= promised
        ]
        assert bodies == delivered
        assert bodies[0] == "before"
        assert bodies[-1] == last
    record_property(
        "figure",
        f"{seconds} s away: {edits} edits, slowest {slowest * 1000:.0f} ms;"
        f" the chat is back {recovered:.1f} s after it;"
        f" {len(bodies) - 2} of {len(said)} messages said meanwhile kept, none of the delivered missing",
    )


async def _until_taken(speaker: Chatter) -> str:
    """Say something again and again until the archive has it: what was said then."""
    for attempt in range(RETRIES):
        body = f"after {attempt}"
        message_id = speaker.say(body)
        try:
            line = await speaker.heard(message_id)
        except NotTakenError:
            if message_id not in speaker.refused:
                raise
            await asyncio.sleep(0.5)
            continue
        assert line.stanza_id is not None
        await speaker.archived(line.stanza_id)
        return body
    raise AssertionError(f"the chat does not recover: {speaker.refused}")
