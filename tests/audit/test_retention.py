from __future__ import annotations

from datetime import timedelta

import pytest

from tests.audit.conftest import NOON, ORCHARD, Ledger, said
from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.filters import EVERYTHING, Filters
from xmpp_bridge.audit.retention import Retention
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError


async def test_what_is_old_goes_and_its_proof_stays(ledger: Ledger) -> None:
    joined = Event(Kind.MEMBERSHIP, "set", NOON, about=1, room=ORCHARD, content={"role": "owner"})
    later = NOON + timedelta(days=2)
    await ledger.record(said("old"), joined, said("new", later))
    await ledger.checkpoints.sign()

    assert await Retention(ledger.engine).expire(NOON + timedelta(days=1)) == 1

    await ledger.checkpoints.sign()
    kept = [await ledger.reading.entry(position) for position in range(4)]
    contents = [each and each.content for each in kept]
    assert contents[0] is None
    assert contents[1] == {"role": "owner"}
    assert contents[2] is not None
    assert contents[3] == {"entries": [0], "reason": "its time is over"}
    assert await ledger.reading.page(Filters(words="old"), EVERYTHING, None, 9) == []
    status, verdict = await ledger.verdict()
    assert (status, verdict) == (0, "4 entries are as they were, 1 of them without their content")


@pytest.mark.parametrize("hold", [(ORCHARD, None), (None, 1)])
async def test_what_is_held_stays_after_its_time(
    ledger: Ledger, hold: tuple[str | None, int | None]
) -> None:
    retention = Retention(ledger.engine)
    await ledger.record(said("held"), said("not held", account=2, room="b" * 32))
    await ledger.sequencer.sequence_all()
    number = await retention.hold(*hold, "a case", NOON)

    assert await retention.destroy([0, 1], "a wish") == [1]
    assert await retention.expire(NOON + timedelta(days=1)) == 0

    await retention.lift(number, "closed", NOON)
    assert await retention.expire(NOON + timedelta(days=1)) == 1
    assert await retention.holds() == []
    with pytest.raises(NotFoundError):
        await retention.lift(number, "again", NOON)


async def test_what_says_what_was_destroyed_is_not_destroyed(ledger: Ledger) -> None:
    retention = Retention(ledger.engine)
    await ledger.record(said("gone"))
    await ledger.sequencer.sequence_all()
    await retention.destroy([0], "a key")
    await ledger.sequencer.sequence_all()

    assert await retention.destroy([0, 1], "everything") == []


@pytest.mark.parametrize(("room", "account"), [(None, None), ("a", 1)])
async def test_a_hold_is_of_one_thing(
    ledger: Ledger, room: str | None, account: int | None
) -> None:
    with pytest.raises(BadPayloadError):
        await Retention(ledger.engine).hold(room, account, "a case", NOON)
