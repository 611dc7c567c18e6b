"""What is written in a transaction becomes one leaf, whatever happens between."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.audit import rfc6962
from tests.audit.conftest import Ledger, said
from xmpp_bridge.audit.acting import acting
from xmpp_bridge.audit.recording import record, record_alone, unrecorded
from xmpp_bridge.audit.sequencer import Sequencer, waiting
from xmpp_bridge.audit.tables import entries
from xmpp_bridge.storage.engine import reading, writing


async def all_entries(engine: AsyncEngine) -> list[bytes]:
    query = select(entries.c.entry).order_by(entries.c.position)
    async with reading(engine) as connection:
        return [bytes(each) for each in (await connection.execute(query)).scalars()]


async def bodies(ledger: Ledger) -> list[str]:
    lines = [json.loads(line) for line in await ledger.export()]
    return [line["content"]["body"] for line in lines if "entry" in line]


async def test_what_is_recorded_waits_for_its_place_and_gets_one(ledger: Ledger) -> None:
    await ledger.record(said("But soft!"), said("What light?"))
    assert await waiting(ledger.engine) == 2

    assert await ledger.sequencer.sequence() == 2

    assert await waiting(ledger.engine) == 0
    assert await bodies(ledger) == ["But soft!", "What light?"]


async def test_what_is_undone_was_never_recorded(ledger: Ledger) -> None:
    async def fail() -> None:
        async with writing(ledger.engine) as connection:
            await record(connection, [said("never")])
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await fail()

    assert await ledger.sequencer.sequence_all() == 0


async def test_places_have_no_gaps_however_many_write_and_sequence(ledger: Ledger) -> None:
    async def write(person: int) -> None:
        for number in range(20):
            await ledger.record(said(f"{person}-{number}"))

    async def sequence() -> None:
        # Another process has a sequencer of its own.
        sequencer = Sequencer(ledger.engine, most=7)
        for _ in range(20):
            await sequencer.sequence()

    await asyncio.gather(*(write(person) for person in range(5)), sequence(), sequence())
    await ledger.sequencer.sequence_all()

    found = await all_entries(ledger.engine)
    assert [json.loads(each)["index"] for each in found] == list(range(100))
    said_ = await bodies(ledger)
    assert sorted(said_) == sorted(
        f"{person}-{number}" for person in range(5) for number in range(20)
    )
    for person in range(5):
        own = [each for each in said_ if each.startswith(f"{person}-")]
        assert own == [f"{person}-{number}" for number in range(20)]


async def test_proofs_from_the_database_are_those_of_the_rfc(ledger: Ledger) -> None:
    await ledger.record(*(said(str(number)) for number in range(600)))
    await ledger.sequencer.sequence_all()
    found = await all_entries(ledger.engine)

    for index, size in ((0, 1), (0, 600), (255, 600), (256, 513), (599, 600), (17, 300)):
        proof = await ledger.proofs.inclusion(index, size)
        assert proof == rfc6962.path(index, found[:size])
    for old, size in ((1, 600), (256, 600), (257, 512), (599, 600), (600, 600)):
        proof = await ledger.proofs.consistency(old, size)
        assert proof == rfc6962.proof(old, found[:size])
    checkpoint = await ledger.checkpoints.sign()
    assert (checkpoint.size, checkpoint.root) == (600, rfc6962.mth(found))


async def test_who_acts_is_who_did_it_unless_somebody_else_is_named(ledger: Ledger) -> None:
    acting.set(7)
    await ledger.record(said("a", account=None), said("b", account=3))
    await ledger.sequencer.sequence_all()

    found = [json.loads(each)["account"] for each in await all_entries(ledger.engine)]
    assert found == [7, 3]


async def test_a_service_that_records_nothing_writes_nothing(ledger: Ledger) -> None:
    await record_alone(unrecorded(ledger.engine), said("off the record"))

    assert await waiting(ledger.engine) == 0


async def test_large_data_are_exported_and_do_not_come_through_the_sequencer(
    ledger: Ledger,
) -> None:
    blob = bytes(range(256)) * 4_096
    await ledger.record(*(said(str(number), blob=blob) for number in range(12)))
    await ledger.sequencer.sequence_all()

    lines = [json.loads(line) for line in await ledger.export()]
    assert sum(len(line.get("blob") or "") for line in lines) > 12 * len(blob)
