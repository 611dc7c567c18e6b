"""Replicas, outboxes, inboxes and journals over a network that loses, doubles and reorders, and servers that die.

A model of what `room.py` and the service do with the parts, without their tasks and their clock: hypothesis decides who
types, which stanza the room carries next and to whom, who falls out of the room, whose power goes, and when the service
can be reached. At the end all come back. Then everybody says the same, nothing is there twice, what was acknowledged is
there, and so is whatever its server did not lose with its power.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from xml.etree.ElementTree import fromstring, tostring

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pycrdt import Doc, Text
from slixmpp import JID

from tests.depth import DEPTH
from xmpp_bridge.documents.inbox import Inbox
from xmpp_bridge.documents.outbox import Outbox, Push, Send
from xmpp_bridge.documents.replica import BusyError, Replica
from xmpp_bridge.documents.stanza import UpdateStanza, new_replica_id, read_payload, to_xml
from xmpp_bridge.documents.update import missing, read_state_vector, read_update
from xmpp_bridge.rooms.identifiers import DocumentId, new_document_id
from xmpp_bridge.xmpp.muc import Occupant

NAMES = ("romeo", "juliet", "tybalt")
WORD = re.compile(r"<\d+é*>")


class Service:
    """Holds the durable copy, and hears the room while it can be reached."""

    def __init__(self) -> None:
        self.doc: Doc[Any] = Doc()
        self.owners: dict[int, str] = {}
        self.reachable = True
        self._heard: dict[str, int] = {}

    def sync(self, who: str, state_vector: bytes, update: bytes) -> tuple[bytes, bytes]:
        answer = self.doc.get_update(state_vector)
        self._keep(who, update)
        return self.doc.get_state(), answer

    def hears(self, who: str, stanza: UpdateStanza) -> bool | None:
        """Whether it and all before it are durable; None if something was missed."""
        if missing(read_update(stanza.update), read_state_vector(self.doc.get_state())):
            return None
        self._keep(who, stanza.update)
        heard = self._heard.get(stanza.replica, 0)
        if stanza.sequence > heard + 1:
            return False
        self._heard[stanza.replica] = max(stanza.sequence, heard)
        return True

    def _keep(self, who: str, update: bytes) -> None:
        for client in read_update(update).clients:
            assert self.owners.setdefault(client, who) == who, "history in somebody else's name"
        self.doc.apply_update(update)


@dataclass
class Disk:
    """What one server remembers over a restart; the power takes what was not flushed."""

    kept: list[bytes] = field(default_factory=list)
    flushed: int = 0
    own_clients: frozenset[int] = frozenset()
    local_clients: frozenset[int] = frozenset()

    def append(self, update: bytes) -> None:
        self.kept.append(update)

    def own(self, client: int) -> None:
        self.own_clients |= {client}

    def disown(self, clients: Collection[int]) -> None:
        self.own_clients -= frozenset(clients)


class Member:
    """One server: a replica with its outbox, inbox and disk."""

    def __init__(
        self, name: str, service: Service, document: DocumentId, clients: Iterator[int]
    ) -> None:
        self.jid = JID(f"{name}@montague.lit/jupyter")
        self.occupant = Occupant(name, self.jid, "member", "participant")
        self.disk = Disk()
        self.in_room = self.needs_sync = False
        self.lives = 0
        self._clients = clients
        self._service = service
        self._document = document
        self.start()

    def start(self) -> None:
        """Read the journal into a new Doc, under a client id that never was."""
        self.in_room = False
        self.lives += 1
        self.outbox = Outbox(limit=300)
        self.doc: Doc[Any] = Doc(client_id=next(self._clients))
        self.text = self.doc.get("source", type=Text)
        local = next(self._clients)
        self.disk.local_clients |= {local}
        self.replica = Replica(self.doc, local, self.disk, self._send)
        self.replica.load(self.disk.kept)
        self.replica.set_local(path=f"{self.jid.user}.md")
        self.inbox = Inbox(self._document, self.replica)

    def die(self, *, of_power: bool) -> None:
        """The process is killed, or the machine."""
        self.replica.close()
        if of_power:
            del self.disk.kept[self.disk.flushed :]
        self.start()

    def _send(self, update: bytes, says: bool) -> None:  # noqa: FBT001 - the replica's
        self.outbox.put(update, urgent=says)

    def enter(self) -> None:
        self.in_room = self.needs_sync = True
        self.inbox.entered(self._service.owners if self._service.reachable else {}, self.jid)
        self.inbox.held = False
        self.outbox.entered(new_replica_id())

    def fall_out(self) -> None:
        self.in_room = False
        self.outbox.lost()

    def hear(self, sender: Member, stanza: UpdateStanza) -> None:
        if sender is self:
            if stanza.replica == self.outbox.replica:
                self.outbox.reflected(stanza.sequence)
            return
        if not self.inbox.arrive(sender.occupant, sender.occupant.nick, stanza):
            self.needs_sync = True

    def sync(self) -> bool:
        """Exchange with the service; whether that brought it something which the others lack."""
        if not self._service.reachable:
            self.outbox.sync_failed(0)
            return False
        mark = self.outbox.mark()
        before = self._service.doc.get_update()
        known, answer = self._service.sync(self.jid.bare, self.replica.state_vector(), b"\x00\x00")
        self.replica.arrive(answer)
        self.inbox.learn(self._service.owners)
        mine = self.replica.own_missing(read_state_vector(known))
        self._service.sync(self.jid.bare, known, mine)
        self.outbox.synced(mark)
        self.needs_sync = not self._drain()
        return self._service.doc.get_update() != before

    def _drain(self) -> bool:
        try:
            self.inbox.drain().send(None)
        except StopIteration as done:
            return bool(done.value)
        raise BusyError

    def words(self) -> list[str]:
        return WORD.findall(str(self.text))


class Play(RuleBasedStateMachine):
    """The room is a queue: what it has not carried is lost to those who fall out before."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.number = 0
        self.service = Service()
        document, clients = new_document_id(), count(1)
        self.members = [Member(name, self.service, document, clients) for name in NAMES]
        self.room: deque[tuple[int, str]] = deque()
        self.erased: set[str] = set()
        self.at_risk: set[str] = set()
        """Words whose server's power went before they were acknowledged or flushed."""
        self.typed: dict[str, tuple[int, int, int]] = {}
        """Each word: who typed it, in which life of their server, and how much its journal held then."""

    who = st.integers(0, len(NAMES) - 1)

    @rule(who=who, where=st.floats(0, 1), length=st.sampled_from([0, 0, 1, 200]))
    def types(self, who: int, where: float, length: int) -> None:
        member = self.members[who]
        self.number += 1
        word = f"<{self.number}{'é' * length}>"
        words = member.words()
        before = "".join(words[: round(where * len(words))])
        member.text.insert(len(before.encode()), word)
        self.typed[word] = who, member.lives, len(member.disk.kept)

    @rule(who=who, which=st.floats(0, 0.99))
    def erases(self, who: int, which: float) -> None:
        member = self.members[who]
        words = member.words()
        if words:
            index = int(which * len(words))
            start = len("".join(words[:index]).encode())
            del member.text[start : start + len(words[index].encode())]
            self.erased.add(words[index])

    @rule(who=who)
    def falls_out(self, who: int) -> None:
        self.members[who].fall_out()

    @rule(who=who)
    def enters(self, who: int) -> None:
        if not self.members[who].in_room:
            self.members[who].enter()

    @rule(who=who)
    def is_killed(self, who: int) -> None:
        self.members[who].die(of_power=False)

    @rule(who=who)
    def loses_power(self, who: int) -> None:
        member = self.members[who]
        durable = WORD.findall(self._durable())
        for word, (author, _, kept) in self.typed.items():
            if author == who and kept > member.disk.flushed and word not in durable:
                self.at_risk.add(word)
        member.die(of_power=True)

    @rule(who=who)
    def flushes(self, who: int) -> None:
        disk = self.members[who].disk
        disk.flushed = len(disk.kept)

    @rule(reachable=st.booleans())
    def service_comes_and_goes(self, reachable: bool) -> None:  # noqa: FBT001
        self.service.reachable = reachable

    @rule(who=who)
    def syncs(self, who: int) -> None:
        if self.members[who].needs_sync:
            self._sync(self.members[who])

    @rule(who=who)
    def sends(self, who: int) -> None:
        member = self.members[who]
        self.now += 0.1
        match member.outbox.next_action(self.now):
            case Send(stanza):
                self.room.append((who, tostring(to_xml(stanza), encoding="unicode")))
            case Push():
                self._sync(member)

    @precondition(lambda self: len(self.room) > 1)
    @rule()
    def room_changes_the_order(self) -> None:
        self.room[0], self.room[1] = self.room[1], self.room[0]

    @precondition(lambda self: self.room)
    @rule()
    def room_says_it_twice(self) -> None:
        self.room.appendleft(self.room[0])

    @precondition(lambda self: self.room)
    @rule(to=st.sets(who))
    def room_carries(self, to: set[int] | None = None) -> None:
        """To all whom it does not lose; a connection that loses something ends."""
        sender, text = self.room.popleft()
        stanza = read_payload([fromstring(text)])
        assert isinstance(stanza, UpdateStanza)
        for who, member in enumerate(self.members):
            if to is not None and who not in to:
                member.fall_out()
            elif member.in_room:
                member.hear(self.members[sender], stanza)
        writer = self.members[sender].jid.bare
        durable = self.service.hears(writer, stanza) if self.service.reachable else None
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

    def _durable(self) -> str:
        return str(self.service.doc.get("source", type=Text))

    @invariant()
    def the_counts_are_never_wrong(self) -> None:
        for member in self.members:
            assert member.outbox.waiting == 0 or member.in_room
            assert (member.outbox.unacknowledged == 0) == (member.outbox.unacknowledged_bytes == 0)

    @invariant()
    def what_is_acknowledged_is_durable(self) -> None:
        durable = set(WORD.findall(self._durable()))
        for word, (who, life, _) in self.typed.items():
            member = self.members[who]
            acknowledged = member.outbox.unacknowledged == 0 and member.outbox.is_live
            if acknowledged and member.lives == life:
                assert word in durable or word in self.erased

    def teardown(self) -> None:
        self.service.reachable = True
        for who in range(len(NAMES)):
            self.enters(who)
        for _ in range(200):
            self.now += 20
            for who in range(len(NAMES)):
                self.syncs(who)
                self.sends(who)
            while self.room:
                self.room_carries()
        self._all_say_the_same()
        self._nothing_is_lost_or_doubled(self.members[0].words())
        for member in self.members:
            member.replica.close()

    def _all_say_the_same(self) -> None:
        assert {str(member.text) for member in self.members} == {self._durable()}
        durable = read_state_vector(self.service.doc.get_state())
        for member in self.members:
            assert read_state_vector(member.replica.state_vector()) == durable
            assert member.outbox.waiting == member.outbox.unacknowledged == 0

    def _nothing_is_lost_or_doubled(self, words: list[str]) -> None:
        assert len(words) == len(set(words))
        assert set(words) <= self.typed.keys()
        assert self.typed.keys() - self.erased - self.at_risk <= set(words)


TestPlay = Play.TestCase
TestPlay.settings = settings(
    max_examples=30 * DEPTH, stateful_step_count=40 + 5 * DEPTH, deadline=None
)
