"""The service and its members without their tasks and their clock: what `room.py` does with a replica's parts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc, Text
from slixmpp import JID

from xmpp_bridge.documents.chunk import Assembly
from xmpp_bridge.documents.durable_copy import DurableCopy
from xmpp_bridge.documents.inbox import Inbox
from xmpp_bridge.documents.outbox import Outbox
from xmpp_bridge.documents.relay_rows import fresh
from xmpp_bridge.documents.replica import BusyError, Replica
from xmpp_bridge.documents.stanza import Chunk, UpdateStanza, new_replica_id
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.synchronise import adds
from xmpp_bridge.documents.update import (
    EMPTY_UPDATE,
    read_state_vector,
    read_update,
    without_clients,
)
from xmpp_bridge.hub_service.receipts import Receipts, Standing
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import NotReadyError
from xmpp_bridge.xmpp.muc import Occupant

WORD = re.compile(r"<\d+[^<>]*>")
ORCHARD = DocumentId("0f" * 16)
LIMIT = 300
"""What a stanza holds: three keystrokes, or no output."""


class Service:
    """Holds the durable copy, and hears the room while it can be reached."""

    def __init__(self) -> None:
        self.copy = DurableCopy()
        self.owners: dict[int, str] = {}
        self.reachable = True
        self._rows: list[bytes] = []
        self._receipts = Receipts()
        self._assembly = Assembly()

    @property
    def text(self) -> str:
        doc: Doc[Any] = Doc()
        doc.apply_update(self.copy.integrated())
        return str(doc.get("source", type=Text))

    @property
    def state(self) -> dict[int, int]:
        return read_state_vector(self.copy.state_vector())

    def has(self, word: str) -> bool:
        """Whether it is durable: what waits for what it hangs on can be read by nobody."""
        waiting = self.copy.waiting
        return any(
            word.encode() in row and number not in waiting
            for number, row in enumerate(self._rows, 1)
        )

    def comes_back(self) -> None:
        """It enters the room, and knows nothing of what was said there."""
        self.reachable = True
        self._receipts.forget(ORCHARD)

    def sync(self, who: str, replica: str, state_vector: bytes, update: bytes) -> SyncMessage:
        if update != EMPTY_UPDATE:
            self._keep(who, update)
        known = read_state_vector(state_vector)
        if all(self.state.get(client, 0) >= clock for client, clock in known.items()):
            self._receipts.synced(ORCHARD, replica)
        return SyncMessage("", self.copy.state_vector(), self.copy.diff(state_vector))

    def hears(self, who: str, payload: UpdateStanza | Chunk) -> Standing | None:
        """Whether it and all before it are durable; None of what is no whole update."""
        stanza = self._assembly.take(who, payload) if isinstance(payload, Chunk) else payload
        if stanza is not None:
            self._keep(who, stanza.update)
            hangs = len(self._rows) in self.copy.hanging
            note = self._receipts.hangs if hangs else self._receipts.settled
            return note(ORCHARD, stanza.replica, stanza.sequence)
        if payload.sequence is None:
            return None
        self._receipts.missed(ORCHARD, payload.replica)
        return Standing.GAP

    def relay(self, update: bytes, said: Mapping[int, str]) -> bool:
        """Keep what others wrote, if it hangs together; whether it was news."""
        with suppress(NotReadyError):
            news = fresh(self.copy, update).update
            if news != EMPTY_UPDATE:
                for client in read_update(news).clients:
                    if client in said:
                        self.owners.setdefault(client, said[client])
                self._take(news)
                return True
        return False

    def _keep(self, who: str, update: bytes) -> None:
        for client in read_update(update).clients:
            assert self.owners.setdefault(client, who) == who, "history in somebody else's name"
        self._take(update)

    def _take(self, update: bytes) -> None:
        self._rows.append(update)
        self.copy.apply(len(self._rows), update)


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

    def __init__(self, name: str, service: Service, clients: Iterator[int]) -> None:
        self.jid = JID(f"{name}@montague.lit/jupyter")
        self.occupant = Occupant(name, self.jid, "member", "participant")
        self.disk = Disk()
        self.in_room = self.needs_sync = False
        self.lives = 0
        self._clients = clients
        self._service = service
        self.start()

    def start(self) -> None:
        """Read the journal into a new Doc, under a client id that never was."""
        self.in_room = False
        self.lives += 1
        self.outbox = Outbox(limit=LIMIT)
        self.doc: Doc[Any] = Doc(client_id=next(self._clients))
        self.text = self.doc.get("source", type=Text)
        self.tab: Doc[Any] = Doc(client_id=next(self._clients))
        self.kernel: Doc[Any] = Doc(client_id=next(self._clients))
        local = next(self._clients)
        self.disk.local_clients |= {local}
        self.replica = Replica(self.doc, local, self.disk, self._send)
        self.replica.load(self.disk.kept)
        self.replica.set_local(path=f"{self.jid.user}.md")
        self.inbox = Inbox(ORCHARD, self.replica)

    def write(self, at: int, word: str, *, by_kernel: bool) -> None:
        """Under the client id of a tab, or of a kernel, whose large outputs its keystrokes overtake."""
        writer, take = (
            (self.kernel, self.replica.type) if by_kernel else (self.tab, self.replica.take)
        )
        writer.apply_update(self.doc.get_update(writer.get_state()))
        known = writer.get_state()
        writer.get("source", type=Text).insert(at, word)
        take(writer.get_update(known))

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

    def hear(self, sender: Member, stanza: UpdateStanza | Chunk, now: float) -> None:
        if sender is self:
            if stanza.replica == self.outbox.replica:
                self.outbox.reflected(stanza, now)
            return
        if not self.inbox.arrive(sender.occupant, stanza.replica, stanza):
            self.needs_sync = True

    def sync(self, now: float) -> bool:
        """Exchange with the service; whether that brought it something which the others lack."""
        if not self._service.reachable:
            self.outbox.sync_failed(now)
            self.outbox.release()
            return False
        before = self._service.copy.diff()
        ask, name, replica = self._service.sync, self.jid.bare, str(self.outbox.replica)
        answer = ask(name, replica, self.replica.state_vector(), EMPTY_UPDATE)
        self.replica.arrive(answer.update)
        known = read_state_vector(answer.state_vector)
        mine, mark = self.replica.own_missing(known), self.outbox.mark()
        if adds(read_update(mine), known, read_update(answer.update)):
            answer = ask(name, replica, self.replica.state_vector(), mine)
            self.replica.arrive(answer.update)
            known = read_state_vector(answer.state_vector)
        self.inbox.learn(self._service.owners)
        reach = self.replica.own_reach().items()
        durable = all(known.get(client, 0) >= end for client, end in reach)
        self.outbox.synced(mark, durable)
        self.needs_sync = not (self._drain() and durable)
        return self._service.copy.diff() != before

    def relay(self, here: Collection[str]) -> bool:
        """Offer the service what it lacks of those who are not `here`; whether it was news."""
        known, said = self._service.state, self.inbox.said
        if not self.replica.others_beyond(known):
            return False
        update = self.replica.others_missing(known)
        contents = read_update(update)
        living = {client for client in contents.clients if said.get(client) in here}
        return self._service.relay(without_clients(update, contents, living), said)

    def _drain(self) -> bool:
        try:
            self.inbox.drain().send(None)
        except StopIteration as done:
            return bool(done.value)
        raise BusyError

    def words(self) -> list[str]:
        return WORD.findall(str(self.text))
