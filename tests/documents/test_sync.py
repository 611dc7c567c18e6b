"""What a sync carries, when one is called for, and that not everybody asks at once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmpp_bridge.documents.sync import (
    InSync,
    Sequences,
    SyncAt,
    SyncMessage,
    SyncNow,
    SyncPlan,
    decode_sync,
    encode_sync,
)
from xmpp_bridge.xmpp.errors import BadPayloadError

ROMEO = "k3x9q2"


@settings(deadline=None)
@given(st.binary())
def test_a_sync_message_is_read_as_it_was_written(update: bytes) -> None:
    message = SyncMessage(ROMEO, b"\x01\x05\x07", update)

    assert decode_sync(encode_sync(message)) == message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\x00\x05rom/o\x01\x00\x00",
        encode_sync(SyncMessage("", b"\x05", b"")),
        encode_sync(SyncMessage("", b"\x00", b"")) + b"\x00",
        encode_sync(SyncMessage("", b"\x00", b"long"))[:-1],
    ],
)
def test_what_is_no_sync_message_is_refused(data: bytes) -> None:
    with pytest.raises(BadPayloadError):
        decode_sync(data)


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_no_bytes_do_worse_than_be_refused(data: bytes) -> None:
    try:
        decode_sync(data)
    except BadPayloadError:
        return


def test_a_jump_in_the_sequence_is_a_gap() -> None:
    sequences = Sequences()

    assert not sequences.heard("romeo", 5)
    assert not sequences.heard("romeo", 6)
    assert sequences.heard("romeo", 8)
    assert not sequences.heard("romeo", 9)
    assert not sequences.heard("romeo", 7)


def test_two_servers_of_one_person_do_not_disturb_each_other() -> None:
    sequences = Sequences()

    heard = [sequences.heard(replica, n) for n in (1, 2, 3) for replica in ("k3x9q2", "p7d4w8")]

    assert not any(heard)


def test_whoever_comes_back_begins_anew() -> None:
    sequences = Sequences()
    sequences.heard("romeo", 5)
    sequences.left("romeo")

    assert not sequences.heard("romeo", 9)


def plan(chance: float = 1.0) -> SyncPlan:
    return SyncPlan(lambda: chance)


def test_entering_syncs_at_once_and_once_more_when_the_dust_has_settled() -> None:
    entered = plan()
    entered.entered(10)

    assert entered.next_action(10) == SyncNow()
    assert entered.next_action(10) == InSync()
    entered.done(10.2)
    assert entered.next_action(10.2) == SyncAt(10.2 + SyncPlan.SETTLE)
    assert entered.next_action(13.2) == SyncNow()
    entered.done(13.3)
    assert entered.next_action(13.3) == InSync()


def test_a_call_to_everybody_is_answered_over_some_time() -> None:
    first, last = plan(0.0), plan(1.0)
    for called in (first, last):
        called.called(0, occupants=100)

    assert first.next_action(0) == SyncNow()
    assert last.next_action(0) == SyncAt(2.0)


def test_a_call_in_a_huge_room_is_answered_within_seconds() -> None:
    called = plan()
    called.called(0, occupants=10_000)

    assert called.next_action(0) == SyncAt(SyncPlan.LONGEST_SPREAD)


def test_what_happens_during_a_sync_calls_for_another() -> None:
    busy = plan()
    busy.missed(0)
    assert busy.next_action(0) == SyncNow()
    busy.missed(1)
    assert busy.next_action(1) == InSync()
    busy.done(2)

    assert busy.next_action(2) == SyncNow()


def test_failing_waits_longer_each_time_but_never_for_ever() -> None:
    failing = plan()
    failing.missed(0)
    waits = []
    now = 0.0
    for _ in range(12):
        assert failing.next_action(now) == SyncNow()
        failing.failed(now)
        action = failing.next_action(now)
        assert isinstance(action, SyncAt)
        waits.append(action.at - now)
        now = action.at

    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits == sorted(waits)
    assert waits[-1] == SyncPlan.LONGEST_RETRY


def test_a_sync_that_was_cut_off_does_not_stand_in_the_way_of_the_next() -> None:
    cut_off = plan()
    cut_off.entered(0)
    assert cut_off.next_action(0) == SyncNow()
    cut_off.lost()
    cut_off.entered(5)

    assert cut_off.next_action(5) == SyncNow()


def test_a_place_that_is_lost_wants_nothing() -> None:
    lost = plan()
    lost.entered(0)
    lost.lost()

    assert lost.next_action(100) == InSync()
