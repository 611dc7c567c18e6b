from __future__ import annotations

from xmpp_bridge.hub_service.receipts import MOST_REPLICAS, Receipts, Standing
from xmpp_bridge.rooms.identifiers import DocumentId

ORCHARD = DocumentId("0" * 32)
ROMEO, JULIET = "romeo", "juliet"


def settle(receipts: Receipts, *sequences: int) -> list[Standing]:
    return [receipts.settled(ORCHARD, ROMEO, sequence) for sequence in sequences]


def test_an_unbroken_row_is_covered_to_its_end() -> None:
    assert settle(Receipts(), 1, 2, 3) == [Standing.COVERED] * 3


def test_the_stanza_after_a_gap_asks_for_a_sync_and_those_after_it_wait() -> None:
    assert settle(Receipts(), 1, 3, 4) == [Standing.COVERED, Standing.GAP, Standing.WAITING]


def test_whoever_was_heard_in_the_middle_waits_for_the_sync_that_was_asked_for() -> None:
    assert settle(Receipts(), 7, 8) == [Standing.WAITING, Standing.WAITING]


def test_after_a_sync_the_next_stanza_begins_a_row() -> None:
    receipts = Receipts()
    settle(receipts, 1, 3)
    receipts.synced(ORCHARD, ROMEO)
    assert settle(receipts, 5, 6, 8) == [Standing.COVERED, Standing.COVERED, Standing.GAP]


def test_a_stanza_that_was_let_go_breaks_the_row() -> None:
    receipts = Receipts()
    settle(receipts, 1)
    receipts.missed(ORCHARD, ROMEO)
    assert settle(receipts, 2) == [Standing.WAITING]


def test_a_stanza_heard_twice_changes_nothing() -> None:
    assert settle(Receipts(), 1, 2, 1, 2, 3) == [Standing.COVERED] * 5


def test_replicas_do_not_count_together() -> None:
    receipts = Receipts()
    settle(receipts, 1, 2)
    assert receipts.settled(ORCHARD, JULIET, 1) is Standing.COVERED


def test_whoever_enters_under_a_nick_of_before_counts_anew() -> None:
    receipts = Receipts()
    settle(receipts, 1, 2, 3)
    receipts.left(ORCHARD, ROMEO)
    assert settle(receipts, 1, 3) == [Standing.COVERED, Standing.GAP]


def test_out_of_the_room_nothing_is_known_any_more() -> None:
    receipts = Receipts()
    settle(receipts, 1, 2)
    receipts.forget(ORCHARD)
    assert settle(receipts, 3) == [Standing.WAITING]


def test_replicas_that_were_never_taken_leave_do_not_fill_the_memory() -> None:
    receipts = Receipts()
    settle(receipts, 1)
    for number in range(MOST_REPLICAS):
        receipts.synced(ORCHARD, str(number))
    assert settle(receipts, 2) == [Standing.WAITING]


def test_what_hangs_on_something_missing_is_not_covered_until_a_sync() -> None:
    receipts = Receipts()
    settle(receipts, 1)
    assert receipts.hangs(ORCHARD, ROMEO, 2) is Standing.GAP
    assert receipts.hangs(ORCHARD, ROMEO, 3) is Standing.WAITING
    assert settle(receipts, 4) == [Standing.WAITING]
    receipts.synced(ORCHARD, ROMEO)
    assert settle(receipts, 5) == [Standing.COVERED]
