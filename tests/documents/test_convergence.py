"""Replicas, outboxes and syncs over a room that loses people and a service that goes away, and nothing is lost.

A model of what `room.py` does with the parts, without its tasks and its clock: hypothesis decides who types, which
stanza the room carries next, who falls out of the room and when the service can be reached.
"""

from __future__ import annotations

from collections import deque
from typing import Any
from xml.etree.ElementTree import fromstring, tostring

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pycrdt import Doc, Text

from xmpp_bridge.documents.outbox import Outbox, Push, Send
from xmpp_bridge.documents.stanza import UpdateStanza, new_replica_id, read_payload, to_xml
from xmpp_bridge.documents.sync import Sequences
from xmpp_bridge.documents.update import missing, read_state_vector, read_update

NICKS = ("romeo", "juliet", "tybalt")
ARRIVED = "arrived"


class Service:
    """Holds the durable copy, and hears the room while it is there."""

    def __init__(self) -> None:
        self.doc: Doc[Text] = Doc()
        self.reachable = True
        self._heard: dict[str, int] = {}

    def sync(self, state_vector: bytes, update: bytes) -> tuple[bytes, bytes]:
        answer = self.doc.get_update(state_vector)
        self.doc.apply_update(update)
        return self.doc.get_state(), answer

    def hears(self, stanza: UpdateStanza) -> bool | None:
        """Whether it and all before it are durable; None if something was missed."""
        if missing(read_update(stanza.update), read_state_vector(self.doc.get_state())):
            return None
        self.doc.apply_update(stanza.update)
        unbroken = self._heard.get(stanza.replica, 0) == stanza.sequence - 1
        if unbroken:
            self._heard[stanza.replica] = stanza.sequence
        return unbroken


class Member:
    """One replica with its outbox."""

    def __init__(self, nick: str, client: int, service: Service) -> None:
        self.nick = nick
        self.doc: Doc[Any] = Doc(client_id=client)
        self.text = self.doc.get("source", type=Text)
        self.outbox = Outbox(limit=300)
        self.in_room = False
        self.needs_sync = False
        self._known = b"\x00"
        self._sequences = Sequences()
        self._service = service
        self._subscription = self.doc.observe(self._on_transaction)

    def _on_transaction(self, event: Any) -> None:
        if event.transaction.origin() != hash(ARRIVED):
            self.outbox.put(event.update)

    def enter(self) -> None:
        self.in_room, self.needs_sync = True, True
        self._sequences = Sequences()
        self.outbox.entered(new_replica_id())

    def fall_out(self) -> None:
        self.in_room = False
        self.outbox.lost()

    def hear(self, nick: str, stanza: UpdateStanza) -> None:
        if nick == self.nick:
            if stanza.replica == self.outbox.replica:
                self.outbox.reflected(stanza.sequence)
            return
        contents = read_update(stanza.update)
        jumped = self._sequences.heard(nick, stanza.replica, stanza.sequence)
        lacking = missing(contents, read_state_vector(self.doc.get_state()))
        if jumped or lacking:
            self.needs_sync = True
        if not lacking:
            self._apply(stanza.update)

    def sync(self) -> bool:
        """Exchange with the service; whether that brought it something which the others lack."""
        if not self._service.reachable:
            self.outbox.sync_failed(0)
            return False
        mark = self.outbox.mark()
        before = self._service.doc.get_update()
        self._known, answer = self._service.sync(
            self.doc.get_state(), self.doc.get_update(self._known)
        )
        self._apply(answer)
        self.outbox.synced(mark)
        self.needs_sync = False
        return self._service.doc.get_update() != before

    def _apply(self, update: bytes) -> None:
        with self.doc.transaction(origin=ARRIVED):
            self.doc.apply_update(update)


class Play(RuleBasedStateMachine):
    """The room is a queue: what it has not carried is lost to those who fall out before."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.service = Service()
        self.members = [Member(nick, client + 1, self.service) for client, nick in enumerate(NICKS)]
        self.room: deque[tuple[str, str]] = deque()

    @rule(who=st.integers(0, 2), text=st.sampled_from(["o", "é", "soft ", "𝄞", "x" * 400]))
    def types(self, who: int, text: str) -> None:
        member = self.members[who]
        member.text.insert(len(str(member.text).encode()) if text != "o" else 0, text)

    @rule(who=st.integers(0, 2))
    def erases(self, who: int) -> None:
        member = self.members[who]
        if str(member.text):
            del member.text[0 : len(str(member.text)[0].encode())]

    @rule(who=st.integers(0, 2))
    def falls_out(self, who: int) -> None:
        self.members[who].fall_out()

    @rule(who=st.integers(0, 2))
    def enters(self, who: int) -> None:
        if not self.members[who].in_room:
            self.members[who].enter()

    @rule(reachable=st.booleans())
    def service_comes_and_goes(self, reachable: bool) -> None:  # noqa: FBT001
        self.service.reachable = reachable

    @rule(who=st.integers(0, 2))
    def syncs(self, who: int) -> None:
        if self.members[who].needs_sync:
            self._sync(self.members[who])

    @rule(who=st.integers(0, 2))
    def sends(self, who: int) -> None:
        member = self.members[who]
        self.now += 0.1
        match member.outbox.next_action(self.now):
            case Send(stanza):
                self.room.append((member.nick, tostring(to_xml(stanza), encoding="unicode")))
            case Push():
                self._sync(member)

    @rule()
    def room_carries(self) -> None:
        if not self.room:
            return
        nick, text = self.room.popleft()
        stanza = read_payload([fromstring(text)])
        assert isinstance(stanza, UpdateStanza)
        for member in self.members:
            if member.in_room:
                member.hear(nick, stanza)
        durable = self.service.hears(stanza) if self.service.reachable else None
        if durable is None:
            self._call_upon_all()
        for member in self.members:
            if durable and member.outbox.replica == stanza.replica:
                member.outbox.durable(stanza.sequence)

    def _sync(self, member: Member) -> None:
        if member.sync():
            self._call_upon_all()

    def _call_upon_all(self) -> None:
        """`Available` or `Resync`; while the service is away, what it will say when it is back."""
        for member in self.members:
            member.needs_sync = True

    @invariant()
    def the_counts_are_never_wrong(self) -> None:
        for member in self.members:
            assert member.outbox.waiting == 0 or member.in_room
            assert (member.outbox.unacknowledged == 0) == (member.outbox.unacknowledged_bytes == 0)

    def teardown(self) -> None:
        """Everybody comes back, the service too: then all say the same, and nobody waits."""
        self.service.reachable = True
        for who in range(3):
            self.enters(who)
        for _ in range(200):
            self.now += 20
            for who in range(3):
                self.syncs(who)
                self.sends(who)
            while self.room:
                self.room_carries()
        assert len({str(member.text) for member in self.members}) == 1
        vectors = [read_state_vector(member.doc.get_state()) for member in self.members]
        vectors.append(read_state_vector(self.service.doc.get_state()))
        assert all(vector == vectors[0] for vector in vectors)
        assert all(member.outbox.waiting == 0 for member in self.members)
        assert all(member.outbox.unacknowledged == 0 for member in self.members)


TestPlay = Play.TestCase
TestPlay.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
