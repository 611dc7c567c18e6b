"""Replicas, outboxes, inboxes and journals over a network that loses, doubles and reorders, and servers that die.

A model of what `room.py` and the service do with the parts, without their tasks and their clock: hypothesis decides who
types, which stanza the room carries next and to whom, who falls out of the room, whose power goes, and when the service
can be reached. At the end all come back. Then everybody says the same, nothing is there twice, what was acknowledged is
there, and so is whatever one of them still has, be it that its author's server has lost it and another relays it.
"""

from __future__ import annotations

from collections import deque
from itertools import count
from random import Random
from xml.etree.ElementTree import fromstring, tostring

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.depth import DEPTH
from tests.documents.members import LIMIT, Member, Service
from xmpp_bridge.documents.outbox import Push, Send
from xmpp_bridge.documents.stanza import Chunk, UpdateStanza, read_payload, to_xml
from xmpp_bridge.documents.update import read_state_vector
from xmpp_bridge.hub_service.receipts import Standing

NAMES = ("romeo", "juliet", "tybalt")
NOISE = [chr(letter) for letter in range(ord("À"), ord("ʯ"))]
SIZES = st.sampled_from([0, 0, 0, 1, LIMIT // 5, 2 * LIMIT])
"""Of words: keystrokes, a paste, an output that no stanza can carry."""


class Play(RuleBasedStateMachine):
    """The room is a queue: what it has not carried is lost to those who fall out before."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.number = 0
        self.service = Service()
        clients = count(1)
        self.members = [Member(name, self.service, clients) for name in NAMES]
        self.room: deque[tuple[int, str, str, str]] = deque()
        """Who says what, under which nick, in a message of which id."""
        self.erased: set[str] = set()
        self.at_risk: set[str] = set()
        """Words that nobody has any more: their servers' power went before they were acknowledged or flushed."""
        self.typed: dict[str, tuple[int, int]] = {}
        """Each word: who typed it, and in which life of their server."""

    who = st.integers(0, len(NAMES) - 1)

    @initialize(entered=st.booleans())
    def begins(self, entered: bool) -> None:  # noqa: FBT001
        """In the middle of a day, or of a morning."""
        for who in range(len(NAMES)) if entered else ():
            self.goes_on(who)
            self.goes_on(who)

    @rule(who=who, where=st.floats(0, 1), length=SIZES, by_kernel=st.booleans())
    def types(self, who: int, where: float, length: int, by_kernel: bool) -> None:  # noqa: FBT001
        member = self.members[who]
        self.number += 1
        noise = Random(self.number)
        word = f"<{self.number}{''.join(noise.choices(NOISE, k=length))}>"
        words = member.words()
        before = "".join(words[: round(where * len(words))])
        member.write(len(before.encode()), word, by_kernel=by_kernel)
        self.typed[word] = who, member.lives

    @rule(who=who, which=st.floats(0, 0.99))
    def erases(self, who: int, which: float) -> None:
        member = self.members[who]
        words = member.words()
        if words:
            index = int(which * len(words))
            start = len("".join(words[:index]).encode())
            del member.text[start : start + len(words[index].encode())]
            self.erased.add(words[index])

    @rule(who=who, how=st.sampled_from(["falls out", "is killed", "loses power"]))
    def has_an_accident(self, who: int, how: str) -> None:
        member = self.members[who]
        if how == "falls out":
            member.fall_out()
            return
        kept_by_service = {word for word in self.typed if self.service.has(word)}
        member.die(of_power=how == "loses power")
        kept = kept_by_service.union(*(each.words() for each in self.members))
        if how == "loses power":
            self.at_risk |= self.typed.keys() - kept

    @rule(who=who)
    def relays(self, who: int) -> None:
        """What is of people who have not been there for long, and the service lacks, another brings."""
        here = {member.jid.bare for member in self.members if member.in_room}
        if self.service.reachable and self.members[who].relay(here):
            self._call_upon_all()

    @rule(who=who)
    def flushes(self, who: int) -> None:
        disk = self.members[who].disk
        disk.flushed = len(disk.kept)

    @rule(reachable=st.booleans())
    def service_comes_and_goes(self, reachable: bool) -> None:  # noqa: FBT001
        if reachable and not self.service.reachable:
            self.service.comes_back()
            self._call_upon_all()
        self.service.reachable = reachable

    @rule(who=who)
    def goes_on(self, who: int) -> None:
        """Enter, sync or send, whatever is next."""
        member = self.members[who]
        self.now += 0.1
        if not member.in_room:
            member.enter()
            return
        if member.needs_sync:
            self._sync(member)
        match member.outbox.next_action(self.now):
            case Send(stanza):
                text = tostring(to_xml(stanza), encoding="unicode")
                self.room.append((who, text, stanza.replica, stanza.id))
            case Push():
                self._sync(member)

    @rule()
    def all_go_on(self) -> None:
        """Nothing happens for a while."""
        for _ in range(3):
            for who in range(len(NAMES)):
                self.goes_on(who)
            while self.room:
                self.room_carries()

    @precondition(lambda self: self.room)
    @rule(twice=st.booleans())
    def room_is_confused(self, twice: bool) -> None:  # noqa: FBT001
        """It says something twice, or changes the order."""
        if twice:
            self.room.appendleft(self.room[0])
        else:
            self.room.rotate()

    @precondition(lambda self: self.room)
    @rule(to=st.sets(who))
    def room_loses(self, to: set[int]) -> None:
        self.room_carries(to)

    @precondition(lambda self: self.room)
    @rule()
    def room_carries(self, to: set[int] | None = None) -> None:
        """To all whom it does not lose; a connection that loses something ends."""
        sender, text, nick, said = self.room.popleft()
        stanza = read_payload([fromstring(text)], nick, said)
        assert isinstance(stanza, UpdateStanza | Chunk)
        for who, member in enumerate(self.members):
            if to is not None and who not in to:
                member.fall_out()
            elif member.in_room:
                member.hear(self.members[sender], stanza, self.now)
        if not self.service.reachable:
            return
        standing = self.service.hears(self.members[sender].jid.bare, stanza)
        if standing is Standing.GAP:
            self._call_upon_all()
        for member in self.members:
            if standing is Standing.COVERED and member.outbox.replica == stanza.replica:
                member.outbox.durable(stanza.sequence or 0)

    def _sync(self, member: Member) -> None:
        if member.sync(self.now):
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

    @invariant()
    def what_is_acknowledged_is_durable(self) -> None:
        for word, (who, life) in self.typed.items():
            member = self.members[who]
            acknowledged = member.outbox.unacknowledged == 0 and member.outbox.is_live
            if acknowledged and member.lives == life:
                assert self.service.has(word) or word in self.erased

    def teardown(self) -> None:
        self.service_comes_and_goes(reachable=True)
        self._time_passes()
        # Who has lost with the power what others alone had is away for long enough, and comes back; and again, since
        # what one has lost may hang on what another has.
        for author in self.members * len(NAMES):
            author.fall_out()
            for who in range(len(NAMES)):
                self.relays(who)
            self._time_passes()
        self._all_say_the_same()
        self._nothing_is_lost_or_doubled(self.members[0].words())
        for member in self.members:
            member.replica.close()

    def _time_passes(self) -> None:
        for _ in range(100):
            self.now += 20
            self.all_go_on()

    def _all_say_the_same(self) -> None:
        assert {str(member.text) for member in self.members} == {self.service.text}
        durable = self.service.state
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
