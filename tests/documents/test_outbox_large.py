"""What no stanza can carry goes to the service or in chunks, and only what hangs on it waits for it."""

from __future__ import annotations

import pytest
from pycrdt import Doc, Text

from tests.documents.outboxes import LIMIT, Author, live, noise, reflect, sent, typed_in
from xmpp_bridge.documents.outbox import (
    Idle,
    Push,
    Send,
)


@pytest.fixture
def kernel() -> Author:
    """Writes outputs."""
    return Author()


@pytest.fixture
def tab() -> Author:
    """Types, in the same document."""
    return Author()


def test_what_is_too_large_for_a_stanza_is_pushed_and_its_authors_next_waits_for_it(
    tab: Author,
) -> None:
    outbox = live(LIMIT)
    outbox.put(tab.types("small"))
    outbox.put(tab.types(noise(4000)))
    sent(outbox.next_action(0))
    reflect(outbox, 1)

    assert outbox.next_action(1) == Push()
    mark = outbox.mark()
    after = tab.types("after it")
    outbox.put(after)
    assert outbox.next_action(2) == Idle()
    outbox.synced(mark)

    assert sent(outbox.next_action(2)) == after
    assert outbox.waiting == 0


def test_a_keystroke_in_a_tab_does_not_wait_for_the_output_of_a_kernel(
    kernel: Author, tab: Author
) -> None:
    outbox = live(LIMIT)
    outbox.put(kernel.types(noise(4000)))
    assert outbox.next_action(0) == Push()

    for sequence in range(1, 4):
        update = tab.types("R")
        outbox.put(update)
        assert sent(outbox.next_action(sequence)) == update
        reflect(outbox, sequence)
    assert outbox.next_action(4) == Idle()
    assert outbox.waiting == 1


def test_what_waits_behind_a_large_update_overtakes_it_too(kernel: Author, tab: Author) -> None:
    outbox = live(LIMIT)
    outbox.put(kernel.types(noise(4000)))
    outbox.put(kernel.types("more"))
    outbox.put(tab.types("R"))

    assert typed_in(sent(outbox.next_action(0))) == "R"
    reflect(outbox, 1)
    assert outbox.next_action(1) == Push()
    outbox.synced(outbox.mark())
    assert outbox.waiting == outbox.unacknowledged == 0


@pytest.mark.parametrize("act", ["types into it", "deletes of it"])
def test_whoever_writes_into_what_is_large_waits_for_it(
    kernel: Author, tab: Author, act: str
) -> None:
    outbox = live(LIMIT)
    large = kernel.types(noise(4000))
    outbox.put(large)
    assert outbox.next_action(0) == Push()
    mark = outbox.mark()
    tab.doc.apply_update(large)
    tab.forget()
    if act == "types into it":
        tab.doc.get("source", type=Text).insert(5, "R")
    else:
        del tab.doc.get("source", type=Text)[5:9]
    outbox.put(tab.made())

    assert outbox.next_action(1) == Idle()
    outbox.synced(mark)
    assert isinstance(outbox.next_action(1), Send)
    assert outbox.waiting == 0


def test_what_hangs_on_the_second_of_two_large_updates_waits_for_that_one(
    kernel: Author, tab: Author
) -> None:
    outbox = live(LIMIT)
    outbox.put(kernel.types(noise(4000)))
    outbox.put(tab.types("R"))
    outbox.put(tab.types(noise(4000)))
    sent(outbox.next_action(0))
    reflect(outbox, 1)
    assert outbox.next_action(0) == Push()
    first = outbox.mark()
    again = kernel.types(noise(4000))
    outbox.put(again)
    outbox.put(kernel.types("its own next"))
    outbox.synced(first)

    assert outbox.next_action(1) == Push()
    assert outbox.waiting == 2
    outbox.put(tab.types("o"))
    assert typed_in(sent(outbox.next_action(1))) == ""  # it hangs on what the service has


def test_a_receipt_for_what_overtook_says_nothing_of_what_was_overtaken(
    kernel: Author, tab: Author
) -> None:
    outbox = live(LIMIT)
    large = kernel.types(noise(4000))
    outbox.put(large)
    assert outbox.next_action(0) == Push()
    outbox.put(tab.types("R"))
    sent(outbox.next_action(0))
    reflect(outbox, 1)
    assert outbox.unacknowledged == 2

    outbox.durable(1)

    assert (outbox.unacknowledged, outbox.unacknowledged_bytes) == (1, len(large))
    outbox.synced(outbox.mark())
    assert (outbox.unacknowledged, outbox.unacknowledged_bytes) == (0, 0)


def test_what_overtook_after_the_push_began_is_settled_by_its_own_receipt(
    kernel: Author, tab: Author
) -> None:
    outbox = live(LIMIT)
    outbox.put(kernel.types(noise(4000)))
    assert outbox.next_action(0) == Push()
    mark = outbox.mark()
    outbox.put(tab.types("R"))
    sent(outbox.next_action(0))
    outbox.synced(mark)
    assert outbox.unacknowledged == 1

    outbox.durable(1)

    assert (outbox.unacknowledged, outbox.unacknowledged_bytes) == (0, 0)


def test_a_sync_that_began_before_the_push_does_not_count_as_it(tab: Author) -> None:
    outbox = live(LIMIT)
    earlier = outbox.mark()
    outbox.put(tab.types(noise(4000)))
    assert outbox.next_action(0) == Push()

    outbox.synced(earlier)

    assert outbox.next_action(0) == Idle()
    assert outbox.waiting == 1


def test_what_deflates_into_a_stanza_is_no_large_update() -> None:
    outbox = live(LIMIT)
    update = Author().types("".join(str(n % 10) + "abcdefghij" for n in range(200)))
    outbox.put(update)

    assert sent(outbox.next_action(0)) == update


def test_nothing_of_a_document_is_lost_by_overtaking() -> None:
    outbox, reader = live(LIMIT), Doc[Text]()
    authors = [Author(), Author(), Author()]
    for turn in range(60):
        author = authors[turn % 3]
        outbox.put(author.types(noise(4000) if turn % 7 == 0 else f"<{turn}>"))
    for now in range(200):
        match outbox.next_action(now):
            case Send() as action:
                reader.apply_update(sent(action))
                outbox.reflected(action.stanza, now)
                outbox.durable(action.stanza.sequence or 0)
            case Push():
                for each in authors:
                    reader.apply_update(each.doc.get_update(reader.get_state()))
                outbox.synced(outbox.mark())
    assert outbox.waiting == outbox.unacknowledged == outbox.unacknowledged_bytes == 0
    text = str(reader.get("source", type=Text))
    assert all(text.count(f"<{turn}>") == 1 for turn in range(60) if turn % 7)
