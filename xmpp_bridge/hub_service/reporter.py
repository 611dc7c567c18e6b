"""Tells whoever wrote an update what became of it, and everybody else what there is to fetch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from slixmpp import JID

from xmpp_bridge.documents.access import Reason
from xmpp_bridge.documents.stanza import Available, Durable, Refused, Resync
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.receipts import Receipts, Standing
from xmpp_bridge.hub_service.submission import (
    Given,
    Heard,
    Obstacle,
    Outcome,
    RefusedUpdateError,
)
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.rooms.identifiers import DocumentId

log = logging.getLogger(__name__)


@dataclass
class _News:
    """What is to be said after a commit: the last receipt covers those before it."""

    durable: dict[tuple[JID, DocumentId, str], Durable] = field(default_factory=dict)
    given: set[DocumentId] = field(default_factory=set)
    kept: set[DocumentId] = field(default_factory=set)
    missed: set[DocumentId] = field(default_factory=set)


class Reporter:
    """Hears of every update once, in the order in which they came."""

    def __init__(
        self,
        receipts: Receipts,
        voice: Voice,
        metrics: Metrics,
        changed: Callable[[Collection[DocumentId]], None],
    ) -> None:
        self._changed = changed
        self._receipts = receipts
        self._voice = voice
        self._metrics = metrics

    def report(self, outcomes: Sequence[Outcome]) -> None:
        """Say what became of a group of updates."""
        news = _News()
        for outcome in outcomes:
            match outcome.submission:
                case Given() as given:
                    self._settle(given, outcome, news)
                case Heard() as heard:
                    self._note(heard, outcome, news)
                case _:
                    assert_never(outcome.submission)
        for (sender, _document, _replica), receipt in news.durable.items():
            self._voice.tell(sender, receipt)
        self._changed(news.kept)
        for document in news.given:
            self._voice.say(document, Available())
        for document in news.missed:
            self._voice.say(document, Resync())

    def dropped(self, heard: Heard) -> None:
        """This one had to be let go unseen: its author still has it."""
        self._receipts.missed(heard.document, heard.stanza.replica)

    def cut(self, document: DocumentId, replica: str) -> None:
        """Of an update in chunks the end came and not all before it: its author still has it."""
        self._receipts.missed(document, replica)
        self._voice.say(document, Resync())

    def unwelcome(self, document: DocumentId, reason: Reason) -> None:
        """Somebody began to send in chunks who may not write."""
        self._count_refused(document, reason)

    def unreadable(self, document: DocumentId, nick: str) -> None:
        """Something was said in the room that is no payload of ours."""
        self._count_refused(document, Reason.BAD_PAYLOAD)
        log.warning("payload refused: document=%s nick=%s", document, nick)

    def relayed(self, document: DocumentId) -> None:
        """Something is here that came neither from its author nor through the room."""
        self._metrics.stored.labels("relay").inc()
        self._voice.say(document, Available())

    def turned_away(self, document: DocumentId, reason: Reason | Obstacle) -> None:
        """A relay was not for this document."""
        self._count_refused(document, reason)

    def synced(self, document: DocumentId, replica: str) -> None:
        """A replica knows nothing any more that the database does not."""
        self._receipts.synced(document, replica)

    def left(self, document: DocumentId, replica: str) -> None:
        """A replica has no place in the room any more."""
        self._receipts.left(document, replica)

    def deaf(self, document: DocumentId) -> None:
        """What is said in this room now, the service does not hear."""
        self._receipts.forget(document)

    def _settle(self, given: Given, outcome: Outcome, news: _News) -> None:
        if isinstance(outcome.error, RefusedUpdateError):
            self._count_refused(given.document, outcome.error.reason)
        if outcome.error is None:
            self._metrics.stored.labels("request").inc()
            news.given.add(given.document)
            news.kept.add(given.document)
        if given.kept.done():  # Whoever gave it has hung up.
            return
        if outcome.error is None:
            given.kept.set_result(None)
        else:
            given.kept.set_exception(outcome.error)

    def _note(self, heard: Heard, outcome: Outcome, news: _News) -> None:
        if isinstance(outcome.error, RefusedUpdateError):
            self._refuse(heard, outcome.error)
            return
        if outcome.error is not None:
            self.dropped(heard)
            news.missed.add(heard.document)
            return
        self._metrics.stored.labels("room").inc()
        news.kept.add(heard.document)
        stanza = heard.stanza
        note = self._receipts.hangs if outcome.hangs else self._receipts.settled
        match note(heard.document, stanza.replica, stanza.sequence):
            case Standing.COVERED:
                self._receipt(heard, news)
            case Standing.GAP:
                news.missed.add(heard.document)
            case Standing.WAITING:
                pass
            case other:
                assert_never(other)

    def _receipt(self, heard: Heard, news: _News) -> None:
        sender = None if heard.occupant is None else heard.occupant.jid
        if sender is not None:
            stanza = heard.stanza
            news.durable[sender, heard.document, stanza.replica] = Durable(
                heard.document, stanza.replica, stanza.sequence
            )

    def _refuse(self, heard: Heard, error: RefusedUpdateError) -> None:
        self._count_refused(heard.document, error.reason)
        stanza = heard.stanza
        self._receipts.settled(heard.document, stanza.replica, stanza.sequence)
        sender = None if heard.occupant is None else heard.occupant.jid
        if sender is not None:
            self._voice.tell(
                sender,
                Refused(
                    heard.document, stanza.replica, stanza.sequence, error.condition, error.reason
                ),
            )

    def _count_refused(self, document: DocumentId, reason: Reason | Obstacle) -> None:
        self._metrics.refused.labels(reason).inc()
        log.warning("update refused: document=%s reason=%s", document, reason)
