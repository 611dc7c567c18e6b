"""The record as the service runs it."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.audit.conftest import NOON, said
from xmpp_bridge.audit.filters import EVERYTHING, Filters
from xmpp_bridge.audit.recording import record_alone
from xmpp_bridge.audit.verify import read_checkpoints, read_key
from xmpp_bridge.hub_service.record_keeper import CHECKPOINTS, KEY, Policy, RecordKeeper


async def test_it_sequences_signs_and_tells_and_its_key_outlives_it(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    told = tmp_path / "events.jsonl"
    every = timedelta(seconds=0.05)
    policy = Policy("montague.lit", tmp_path, every, None, "All is recorded.", str(told))
    keeper = RecordKeeper(engine, policy, lambda: NOON)
    running = asyncio.create_task(keeper.run({"record": True}))
    await record_alone(engine, said("But soft!"))

    async with asyncio.timeout(60):
        while not told.exists() or '"chat"' not in told.read_text():
            await asyncio.sleep(0.05)
        size = await keeper.proofs.size()
        while (newest := await keeper.checkpoints.latest()) is None or newest.size < size:
            await asyncio.sleep(0.05)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    events = [json.loads(line) for line in told.read_text().splitlines()]
    assert "But soft!" not in told.read_text()
    (started,) = await keeper.reading.page(Filters(kind=None, words=None), EVERYTHING, 1, 1)
    assert {started.leaf} <= {each["leaf"] for each in events}
    again = RecordKeeper(engine, policy, lambda: NOON)
    key = read_key(again.checkpoints.verifier)
    for each in read_checkpoints((tmp_path / CHECKPOINTS).read_text()):
        each.demand_signed(key)
    assert (tmp_path / KEY).stat().st_mode & 0o077 == 0
    assert await again.checkpoints.behind() == 0
