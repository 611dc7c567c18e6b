"""When what was typed goes out: at once after a pause, one stanza in flight, merged behind it."""

from __future__ import annotations

import os

import pytest

from tests.documents.outboxes import FIRST, Author, live, reflect, sent, typed_in
from xmpp_bridge.documents.line import WINDOW
from xmpp_bridge.documents.outbox import (
    PATIENCE,
    PATIENT,
    Idle,
    Outbox,
    Push,
    Send,
    WaitUntil,
)
from xmpp_bridge.documents.pace import BREATH, BURST, INTERVAL, RATE
from xmpp_bridge.documents.stanza import ReplicaId
from xmpp_bridge.documents.update import read_update
from xmpp_bridge.xmpp.encoding import fits

SECOND = ReplicaId("bbbbbbbb")


@pytest.fixture
def author() -> Author:
    return Author()


def test_a_keystroke_after_a_pause_goes_at_once(author: Author) -> None:
    outbox = live()
    update = author.types("R")
    outbox.put(update)

    action = outbox.next_action(0)

    assert isinstance(action, Send)
    assert (action.stanza.replica, action.stanza.sequence) == (FIRST, 1)
    assert sent(action) == update
    assert outbox.waiting == 0


def test_nothing_goes_before_the_room_has_reflected_what_went_before(author: Author) -> None:
    outbox = live()
    outbox.put(author.types("R"))
    first = sent(outbox.next_action(0))
    outbox.put(author.types("o"))
    outbox.put(author.types("m"))

    assert outbox.next_action(1) == WaitUntil(PATIENCE)
    reflect(outbox, 1)
    second = sent(outbox.next_action(1))

    assert typed_in(first, second) == "Rom"
    assert outbox.waiting == 0


def test_a_few_quick_keystrokes_each_go_at_once_and_then_they_are_merged(author: Author) -> None:
    outbox = live()
    for sequence in range(1, int(BURST) + 1):
        outbox.put(author.types("R"))
        assert isinstance(outbox.next_action(0), Send)
        reflect(outbox, sequence)
    outbox.put(author.types("o"))
    assert outbox.next_action(0.001) == WaitUntil(0.001 + INTERVAL)
    outbox.put(author.types("m"))
    assert outbox.next_action(0.04) == WaitUntil(0.001 + INTERVAL)

    window = read_update(sent(outbox.next_action(0.001 + INTERVAL)))
    assert [run[1:] for run in window.structs] == [(BURST, BURST + 2)]


def test_nothing_waits_longer_for_company_because_it_came_during_a_flight(author: Author) -> None:
    outbox = live()
    for sequence in range(1, int(BURST) + 1):
        outbox.put(author.types("R"))
        outbox.next_action(0)
        reflect(outbox, sequence)
    outbox.put(author.types("o"))
    outbox.next_action(0)
    outbox.next_action(INTERVAL)
    outbox.put(author.types("m"))
    outbox.next_action(INTERVAL + 0.001)
    reflect(outbox, int(BURST) + 1, INTERVAL + 0.003)

    assert outbox.next_action(INTERVAL + 0.003) == WaitUntil(2 * INTERVAL + 0.001)


def test_a_person_who_types_on_is_not_made_to_wait(author: Author) -> None:
    outbox = live()
    for sequence in range(1, 200):
        outbox.put(author.types("R"))
        assert isinstance(outbox.next_action(sequence / RATE), Send)
        reflect(outbox, sequence)


def test_whoever_is_faster_for_long_gets_a_stanza_each_interval(author: Author) -> None:
    outbox = live()
    stanzas, now = 0, 0.0
    for _ in range(600):
        now += 1 / 60
        outbox.put(author.types("R"))
        if isinstance(outbox.next_action(now), Send):
            stanzas += 1
            reflect(outbox, stanzas)
    assert stanzas <= 10 / INTERVAL + BURST


@pytest.mark.parametrize(("took", "left_alone"), [(0.002, 0.002), (0.1, 0.1), (3, BREATH)])
def test_a_room_is_left_alone_for_as_long_as_it_took(
    author: Author, took: float, left_alone: float
) -> None:
    outbox = live()
    outbox.put(author.types("R"))
    outbox.next_action(0)
    outbox.put(author.types("o"))
    reflect(outbox, 1, took)

    assert outbox.next_action(took) == WaitUntil(took + left_alone)
    assert isinstance(outbox.next_action(took + left_alone), Send)


def test_with_nothing_typed_there_is_nothing_to_do() -> None:
    assert live().next_action(0) == Idle()


def test_thousands_of_waiting_updates_go_in_windows(author: Author) -> None:
    outbox = live()
    for _ in range(2 * WINDOW + 1):
        outbox.put(author.types("a"))

    stanzas = []
    for n in range(3):
        stanzas.append(sent(outbox.next_action(n)))
        reflect(outbox, n + 1)

    assert outbox.next_action(9) == Idle()
    assert typed_in(*stanzas) == "a" * (2 * WINDOW + 1)


def test_no_stanza_is_larger_than_the_limit(author: Author) -> None:
    outbox = live(limit=1000)
    for _ in range(20):
        outbox.put(author.types(os.urandom(100).hex()))

    n = 0
    while outbox.waiting:
        n += 1
        assert fits(sent(outbox.next_action(n)), 1000)
        reflect(outbox, n)


def test_what_says_nothing_does_not_go_after_a_sync_that_had_it(author: Author) -> None:
    outbox = live()
    outbox.put(author.types("a"), urgent=False)
    assert outbox.next_action(0) == WaitUntil(PATIENT)

    outbox.synced(outbox.mark())

    assert outbox.unacknowledged == 0
    assert outbox.next_action(PATIENT) == Idle()
    outbox.put(author.types("b"), urgent=False)
    assert outbox.next_action(PATIENT) == WaitUntil(2 * PATIENT)


def test_what_is_typed_during_a_sync_goes_to_the_room_at_once(author: Author) -> None:
    outbox = live()
    outbox.put(author.types("a"))
    outbox.put(author.types("b"))

    outbox.synced(outbox.mark())

    assert read_update(sent(outbox.next_action(0))).structs[0].end == len("ab")


def test_a_stanza_that_the_room_lost_is_healed_by_a_sync(author: Author) -> None:
    outbox = live()
    outbox.put(author.types("R"))
    outbox.next_action(0)

    assert outbox.next_action(PATIENCE) == Push()
    outbox.synced(outbox.mark())
    outbox.put(author.types("o"))

    assert isinstance(outbox.next_action(PATIENCE), Send)


def test_a_stanza_that_the_room_refused_does_not_hold_up_the_next(author: Author) -> None:
    outbox = live()
    outbox.put(author.types("R"))
    outbox.next_action(0)
    outbox.put(author.types("o"))

    outbox.bounced("1")

    assert isinstance(outbox.next_action(1), Send)
    assert outbox.unacknowledged == 2


def test_a_new_place_means_a_new_replica_id_and_a_new_count(author: Author) -> None:
    outbox = live()
    outbox.put(author.types("R"))
    outbox.next_action(0)
    outbox.lost()
    outbox.put(author.types("o"))
    outbox.entered(SECOND)
    outbox.put(author.types("m"))
    assert outbox.next_action(1) == Idle()
    outbox.synced(outbox.mark())
    outbox.put(author.types("e"))

    action = outbox.next_action(1)

    assert isinstance(action, Send)
    assert (action.stanza.replica, action.stanza.sequence) == (SECOND, 1)
    assert [run[1:] for run in read_update(sent(action)).structs] == [(3, 4)]
    assert outbox.unacknowledged == 1


def test_what_is_typed_during_the_sync_goes_after_it(author: Author) -> None:
    outbox = Outbox()
    outbox.entered(FIRST)
    outbox.put(author.types("R"))
    mark = outbox.mark()
    outbox.put(author.types("o"))
    outbox.synced(mark)

    assert [run[1:] for run in read_update(sent(outbox.next_action(0))).structs] == [(1, 2)]


def test_without_the_service_an_outbox_goes_live_all_the_same(author: Author) -> None:
    outbox = Outbox()
    outbox.entered(FIRST)
    outbox.put(author.types("R"))
    assert not outbox.is_live

    outbox.sync_failed(0)
    outbox.release()

    assert outbox.is_live
    assert isinstance(outbox.next_action(0), Send)
    assert outbox.unacknowledged == 1


def test_nothing_goes_live_without_a_place(author: Author) -> None:
    outbox = Outbox()
    outbox.put(author.types("R"))

    outbox.release()
    outbox.synced(outbox.mark())

    assert not outbox.is_live
    assert outbox.next_action(0) == Idle()


def test_an_update_counts_as_unacknowledged_until_it_is_durable(author: Author) -> None:
    outbox = live()
    updates = [author.types(letter) for letter in "Rome"]
    outbox.put(updates[0])
    outbox.next_action(0)
    for update in updates[1:3]:
        outbox.put(update)
    reflect(outbox, 1)
    outbox.next_action(1)
    outbox.put(updates[3])
    assert outbox.unacknowledged == 4

    outbox.durable(1)
    assert outbox.unacknowledged_bytes == sum(map(len, updates[1:]))
    outbox.durable(2)
    assert outbox.unacknowledged == 1
    outbox.synced(outbox.mark())
    assert (outbox.unacknowledged, outbox.unacknowledged_bytes) == (0, 0)


def test_what_the_service_cannot_read_yet_stays_unacknowledged(author: Author) -> None:
    outbox = live()
    outbox.put(author.types("R"))
    outbox.next_action(0)
    outbox.synced(outbox.mark(), durable=False)
    assert outbox.is_live
    outbox.durable(1)
    assert outbox.unacknowledged == 1
    outbox.synced(outbox.mark())
    assert outbox.unacknowledged == 0
