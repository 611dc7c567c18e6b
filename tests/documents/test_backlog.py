"""How much is not known to be durable, counted in bounded memory."""

from __future__ import annotations

from xmpp_bridge.documents.backlog import Backlog


def test_hours_without_the_service_are_counted_in_little_memory() -> None:
    backlog = Backlog()
    for n in range(5000):
        backlog.put(10)
        backlog.sent(n + 1, 0)

    backlog.settle_stanzas(4000)
    assert backlog.count >= 1000
    backlog.settle_stanzas(5000)

    assert (backlog.count, backlog.size) == (0, 0)
