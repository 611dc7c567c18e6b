"""What arrives from the room: whether it may, whether something before it is missing, and in its order."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping

from xmpp_bridge.documents.access import Address, Decision, Reason, Refusal, is_account, may_write
from xmpp_bridge.documents.aside import read_aside
from xmpp_bridge.documents.chunk import Assembly
from xmpp_bridge.documents.metrics import UPDATES_ARRIVED, UPDATES_REFUSED
from xmpp_bridge.documents.replica import BusyError, Replica
from xmpp_bridge.documents.stanza import Chunk, UpdateStanza
from xmpp_bridge.documents.sync import Sequences
from xmpp_bridge.documents.update import EMPTY_UPDATE, UpdateContents, read_update
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BadPayloadError
from xmpp_bridge.xmpp.muc import Occupant

log = logging.getLogger(__name__)

NOTHING = read_update(EMPTY_UPDATE)
TURN = 0.005
"""Seconds until somebody's open transaction is looked at again."""


class Inbox:
    """Lets others' updates into one replica.

    What has a hole before it waits for a sync; while `held`, all of them do.
    """

    def __init__(self, document: DocumentId, replica: Replica) -> None:
        self.held = False
        self._document = document
        self._replica = replica
        self._sequences = Sequences()
        self._owners: dict[int, str] = {}
        self.said: dict[int, str] = {}
        """Whose client ids were at any time, by bare JID; for those who ask, not to decide by."""
        self._me: Address | None = None
        self._waiting: deque[bytes] = deque()
        self._assembly = Assembly()

    def entered(self, owners: Mapping[int, str], me: Address) -> None:
        """A place in the room was taken by `me`; `owners` is what the service knows of client ids."""
        self._owners = {}
        self._me = me
        self.learn(owners)
        self._sequences = Sequences()
        self._waiting.clear()
        self._assembly.clear()
        self.held = True

    @property
    def knows_everybody(self) -> bool:
        """Whether every client id has its owner; what came by a sync does not tell."""
        return self._replica.clients <= self._owners.keys() | self._replica.own_clients

    def learn(self, owners: Mapping[int, str]) -> None:
        """Take the service's word for whose a client id is."""
        self._owners |= owners
        self.said |= owners
        if self._me is not None:
            me = self._me.bare
            self._replica.learn_others([client for client, owner in owners.items() if owner != me])

    def owner(self, client: int) -> str | None:
        """The bare JID that a client id belongs to, as far as is known."""
        return self._owners.get(client)

    def left(self, nick: str) -> None:
        """Nobody's edits leave with them, but what they had not finished does."""
        self._sequences.left(nick)
        self._assembly.forget(nick)

    def called(self) -> None:
        """The service is here again, and has what others were sending in chunks, or will have it."""
        self._assembly.clear()

    def arrive(self, occupant: Occupant | None, nick: str, stanza: UpdateStanza | Chunk) -> bool:
        """Take one update, or refuse it; False when only a sync can bring what is before it."""
        if isinstance(stanza, UpdateStanza):
            return self._arrive_whole(occupant, nick, stanza)
        decision = self._judge(occupant, NOTHING)
        if isinstance(decision, Refusal):  # before we keep anything of it
            self.refuse(nick, decision.reason, decision.condition)
            return True
        whole = self._assembly.take(nick, stanza)
        if whole is not None:
            return self._arrive_whole(occupant, nick, whole)
        if stanza.sequence is None:
            return True
        self._sequences.heard(nick, stanza.sequence)
        return False

    def _arrive_whole(self, occupant: Occupant | None, nick: str, stanza: UpdateStanza) -> bool:
        contents = read_update(stanza.update)
        decision = self._judge(occupant, contents)
        if isinstance(decision, Refusal):
            self.refuse(nick, decision.reason, decision.condition)
            return True
        if decision.new_clients:
            self.learn(dict.fromkeys(decision.new_clients, decision.writer))
        missed = self._sequences.heard(nick, stanza.sequence)
        if not self.held and self._apply(stanza.update, contents):
            return not missed
        asked = self.held or bool(self._waiting)
        self._waiting.append(stanza.update)
        return asked and not missed

    def _judge(self, occupant: Occupant | None, contents: UpdateContents) -> Decision:
        decision = may_write(occupant, contents, self._owners)
        if isinstance(decision, Refusal):
            return decision
        if self._me is None or not is_account(decision.writer, self._me.domain):
            return Refusal("forbidden", Reason.NOT_AN_ACCOUNT)
        # What was typed here the service may not have heard of when we entered; nobody else continues it.
        if decision.new_clients and decision.new_clients & self._replica.own_clients:
            return Refusal("forbidden", Reason.FOREIGN_CLIENT_ID)
        return decision

    def refuse(self, nick: str, reason: str, why: str) -> None:
        """Count and say what was not let in."""
        UPDATES_REFUSED.labels(reason).inc()
        log.warning(
            "update refused: document=%s nick=%s reason=%s why=%s",
            self._document,
            nick,
            reason,
            why,
        )

    async def drain(self) -> bool:
        """Apply in its order what came during a sync; False if something before any of it is missing still.

        Nothing with a hole before it goes to yrs. COMPAT(pycrdt 0.14): it does not always look again at what it holds
        back, when the missing piece arrives.
        """
        applied = True
        while self._waiting and applied:
            applied = False
            for _ in range(len(self._waiting)):
                update = self._waiting.popleft()
                contents = await read_aside(update)
                if self._replica.lacks(contents):
                    self._waiting.append(update)
                    continue
                applied = True
                try:
                    await self.take(update)
                    UPDATES_ARRIVED.inc()
                except BadPayloadError as error:
                    self.refuse("", Reason.BAD_PAYLOAD, str(error))
        return not self._waiting

    async def take(self, update: bytes) -> None:
        """Let an update in as soon as nobody holds a transaction open."""
        contents = await read_aside(update)
        while True:
            try:
                self._replica.arrive(update, contents)
            except BusyError:
                await asyncio.sleep(TURN)
            else:
                return

    def _apply(self, update: bytes, contents: UpdateContents) -> bool:
        """Let an update in if that is possible at once, and leaves no hole."""
        if self._replica.lacks(contents):
            return False
        try:
            self._replica.arrive(update, contents)
        except BusyError:
            return False
        UPDATES_ARRIVED.inc()
        return True
