"""How much is not known to be durable, counted in bounded memory."""

from __future__ import annotations

from xmpp_bridge.documents.backlog import Backlog


def test_hours_without_the_service_are_counted_in_little_memory() -> None:
    backlog = Backlog()
    for n in range(5000):
        backlog.sent(n + 1, [backlog.put(10)])

    backlog.settle_stanzas(4000)
    assert backlog.count >= 1000
    backlog.settle_stanzas(5000)

    assert (backlog.count, backlog.size) == (0, 0)


def test_what_left_out_of_turn_is_settled_by_its_own_stanza_or_by_a_later_sync() -> None:
    backlog = Backlog()
    early, later = backlog.put(10), backlog.put(20)
    backlog.sent(1, [later])

    backlog.settle_stanzas(1)
    assert (backlog.count, backlog.size) == (1, 10)
    mark = backlog.mark()
    backlog.sent(2, [early, backlog.put(30)])
    backlog.settle(mark)
    assert (backlog.count, backlog.size) == (2, 40)
    backlog.settle_stanzas(2)

    assert (backlog.count, backlog.size) == (0, 0)


def test_without_a_place_only_a_sync_settles() -> None:
    backlog = Backlog()
    backlog.sent(1, [backlog.put(10)])
    early = backlog.mark()
    backlog.put(20)
    backlog.drift()

    backlog.settle_stanzas(1)
    backlog.settle(early)
    assert (backlog.count, backlog.size) == (2, 30)
    backlog.settle(backlog.mark())

    assert (backlog.count, backlog.size) == (0, 0)
