"""When what is typed leaves, in virtual time: as our outbox decides, and as Matrix-CRDT does."""

import inspect
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

from pycrdt import Doc, Text, merge_updates

from xmpp_bridge.documents.outbox import Outbox, Send, WaitUntil
from xmpp_bridge.documents.stanza import ReplicaId, UpdateStanza

REPLICA = ReplicaId("k3x9q2")
ROUND_TRIP = 0.005
"""Seconds until a room of our benchmark reflects a stanza, at the 99th percentile."""
THROTTLE = 0.5
"""Seconds: Matrix-CRDT's writer, a lodash throttle with both edges."""


@dataclass(frozen=True)
class Typed:
    """One change, and the second at which it is made."""

    at: float
    update: bytes = field(repr=False)


@dataclass
class Sent:
    """The stanzas which that makes, and how many seconds each change waited for its own."""

    stanzas: list[UpdateStanza] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def stanza(self, update: bytes) -> None:
        self.stanzas.append(UpdateStanza(REPLICA, len(self.stanzas) + 1, update))


Policy = Callable[[Sequence[Typed]], Sent]


def keystrokes(updates: Iterable[bytes], rate: float) -> list[Typed]:
    """Typed at random, so many a second on average."""
    chance, moment, typed = random.Random(1597), 0.0, []
    for update in updates:
        moment += chance.expovariate(rate)
        typed.append(Typed(moment, update))
    return typed


def paste(size: int) -> list[Typed]:
    """So much of Python's own source, at once."""
    made: list[bytes] = []
    doc = Doc[Text](client_id=1597)
    source = doc.get("source", type=Text)
    subscription = doc.observe(lambda event: made.append(event.update))
    source += inspect.getsource(inspect)[:size]
    doc.unobserve(subscription)
    return [Typed(0.0, made[-1])]


def ours(typed: Sequence[Typed]) -> Sent:
    """What the outbox of a live document makes of it."""
    outbox, sent = Outbox(), Sent()
    outbox.entered(REPLICA)
    outbox.release()
    now, taken, reflected = 0.0, 0, inf
    while taken < len(typed) or outbox.waiting:
        waiting = outbox.waiting
        action = outbox.next_action(now)
        if isinstance(action, Send):
            first = taken - waiting
            left = taken - outbox.waiting
            sent.waits += [now - each.at for each in typed[first:left]]
            # The service is there: what is too large for a stanza would go to it, and nothing here is.
            assert isinstance(action.stanza, UpdateStanza)
            sent.stanzas.append(action.stanza)
            reflected = now + ROUND_TRIP
            continue
        look = action.at if isinstance(action, WaitUntil) else inf
        now = min(look, reflected, typed[taken].at if taken < len(typed) else inf)
        if now >= reflected:
            outbox.reflected(sent.stanzas[-1], now)
            reflected = inf
        while taken < len(typed) and typed[taken].at <= now:
            outbox.put(typed[taken].update)
            taken += 1
    return sent


def matrix_crdt(typed: Sequence[Typed]) -> Sent:
    """The first at once, then everything merged each half second."""
    sent, free, at = Sent(), 0.0, 0
    while at < len(typed):
        moment = max(free, typed[at].at)
        batch = [each for each in typed[at : at + 1000] if each.at <= moment]
        sent.waits += [moment - each.at for each in batch]
        sent.stanza(merge_updates(*(each.update for each in batch)))
        free, at = moment + THROTTLE, at + len(batch)
    return sent
