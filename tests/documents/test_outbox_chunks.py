"""While the service is away, what no stanza can carry goes in chunks; and what an occupant lacks is said once."""

from __future__ import annotations

import pytest

from tests.documents.outboxes import (
    FIRST,
    LIMIT,
    Author,
    live,
    noise,
    reflect,
    sent,
    typed_in,
)
from xmpp_bridge.documents.chunk import Assembly
from xmpp_bridge.documents.outbox import (
    PATIENCE,
    PUSH_RETRY,
    Action,
    Idle,
    Outbox,
    Push,
    Send,
    WaitUntil,
)
from xmpp_bridge.documents.pace import INTERVAL
from xmpp_bridge.documents.stanza import MOST_CHUNKED, Chunk
from xmpp_bridge.xmpp.encoding import fits


@pytest.fixture
def kernel() -> Author:
    """Writes outputs."""
    return Author()


@pytest.fixture
def tab() -> Author:
    """Types, in the same document."""
    return Author()


def chunk(action: Action) -> Chunk:
    assert isinstance(action, Send)
    assert isinstance(action.stanza, Chunk)
    return action.stanza


def without_service(limit: int = LIMIT) -> Outbox:
    outbox = live(limit)
    outbox.sync_failed(0)
    return outbox


def test_while_the_service_is_away_large_updates_go_in_chunks_that_fit(tab: Author) -> None:
    outbox = without_service()
    large = tab.types(noise(4000))
    outbox.put(large)
    after = tab.types("after it")
    outbox.put(after)
    assembly = Assembly()

    whole, now = None, 0.0
    while whole is None:
        part = chunk(outbox.next_action(now))
        assert fits(part.data, LIMIT)
        assert outbox.next_action(now) == WaitUntil(now + PATIENCE)
        whole = assembly.take("romeo", part)
        outbox.reflected(part, 0)
        now += INTERVAL

    assert (whole.sequence, whole.update) == (1, large)
    assert sent(outbox.next_action(now)) == after
    assert outbox.unacknowledged == 2


def test_keystrokes_of_others_go_between_chunks(kernel: Author, tab: Author) -> None:
    outbox = without_service()
    outbox.put(kernel.types(noise(4000)))
    part = chunk(outbox.next_action(0))
    update = tab.types("R")
    outbox.put(update)
    outbox.reflected(part, 0)

    assert sent(outbox.next_action(0)) == update
    reflect(outbox, 1)
    assert chunk(outbox.next_action(0)).offset == part.end


def test_chunks_end_when_the_service_is_back_and_has_the_whole(tab: Author) -> None:
    outbox = without_service()
    outbox.put(tab.types(noise(4000)))
    outbox.reflected(chunk(outbox.next_action(0)), 0)

    outbox.synced(outbox.mark())

    assert outbox.next_action(1) == Idle()
    assert outbox.waiting == outbox.unacknowledged == 0


def test_as_soon_as_the_service_is_back_it_gets_what_is_large(tab: Author) -> None:
    outbox = without_service()
    outbox.synced(outbox.mark())
    outbox.put(tab.types(noise(4000)))

    assert outbox.next_action(1) == Push()


@pytest.mark.parametrize("waits", [True, False])
def test_what_an_occupant_lacks_is_said_once(tab: Author, waits: bool) -> None:  # noqa: FBT001
    outbox = without_service()
    large = tab.types(noise(4000))
    if waits:
        outbox.put(large)
    outbox.give(large)
    outbox.give(large)

    assert outbox.waiting == 1
    assert outbox.unacknowledged_bytes == (len(large) if waits else 0)


def test_whoever_enters_gives_an_occupant_what_they_typed_meanwhile_with_the_rest(
    tab: Author,
) -> None:
    outbox = Outbox()
    before = tab.types("before")
    outbox.put(before)
    outbox.entered(FIRST)
    outbox.put(tab.types("meanwhile"))

    outbox.give(tab.doc.get_update())
    outbox.sync_failed(0)
    outbox.release()

    assert typed_in(sent(outbox.next_action(0))) == "beforemeanwhile"
    assert outbox.waiting == 0
    assert outbox.unacknowledged == 2


def test_a_chunk_that_the_room_lost_is_said_again_and_those_before_it_are_not(tab: Author) -> None:
    outbox = without_service()
    outbox.put(tab.types(noise(4000)))
    outbox.reflected(chunk(outbox.next_action(0)), 0)
    lost = chunk(outbox.next_action(0))

    assert outbox.next_action(PATIENCE) == Push()
    outbox.sync_failed(PATIENCE)

    assert chunk(outbox.next_action(PATIENCE)) == lost


def test_a_viewers_chunks_end_with_the_first_that_the_room_refuses(tab: Author) -> None:
    outbox = without_service()
    outbox.put(tab.types(noise(4000)))

    outbox.bounced(chunk(outbox.next_action(0)).id)

    assert outbox.next_action(1) == Idle()
    assert outbox.unacknowledged == 1


def test_a_new_place_begins_with_the_sync_and_not_in_the_middle(tab: Author) -> None:
    outbox = without_service()
    outbox.put(tab.types(noise(4000)))
    outbox.reflected(chunk(outbox.next_action(0)), 0)
    outbox.lost()

    assert (outbox.waiting, outbox.unacknowledged) == (0, 1)


def test_what_is_too_large_for_chunks_waits_for_the_service_and_nobody_waits_for_it(
    kernel: Author, tab: Author
) -> None:
    outbox = live()
    outbox.put(kernel.types("o" * (MOST_CHUNKED + 1)))
    assert outbox.next_action(0) == Push()

    outbox.sync_failed(0)

    assert outbox.next_action(1) == WaitUntil(PUSH_RETRY)
    outbox.put(tab.types("R"))
    sent(outbox.next_action(1))
    reflect(outbox, 1)
    assert outbox.next_action(PUSH_RETRY) == Push()
