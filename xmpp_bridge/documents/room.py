"""Joins a replica, an outbox and the document's MUC for as long as the document is open here."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import xml.etree.ElementTree as ET
from typing import Any, assert_never

from xmpp_bridge.documents.access import VOICE, Reason
from xmpp_bridge.documents.answers import Answers
from xmpp_bridge.documents.backlog import Unsaved
from xmpp_bridge.documents.company import Company
from xmpp_bridge.documents.cursors import Cursors
from xmpp_bridge.documents.direct import DirectStanzas
from xmpp_bridge.documents.inbox import Inbox
from xmpp_bridge.documents.metrics import UPDATES_SENT
from xmpp_bridge.documents.offers import Offers
from xmpp_bridge.documents.outbox import Idle, Outbox, Push, Send, WaitUntil
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.service import Admission, Service
from xmpp_bridge.documents.shared_file import LiveRoom, SharedFile
from xmpp_bridge.documents.stanza import (
    Available,
    Chunk,
    Durable,
    Refused,
    Resync,
    SyncAnswer,
    SyncQuery,
    UpdateStanza,
    new_replica_id,
    read_payload,
    to_xml,
)
from xmpp_bridge.documents.sync import InSync, SyncAt, SyncNow, SyncPlan
from xmpp_bridge.documents.synchronise import Synchroniser
from xmpp_bridge.documents.update import read_state_vector
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import (
    BridgeError,
    ForbiddenError,
    NotFoundError,
    NotReadyError,
    TooLargeError,
    UnavailableError,
)
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage
from xmpp_bridge.xmpp.retry import Retry
from xmpp_bridge.xmpp.stream import Stream
from xmpp_bridge.xmpp.tasks import ended, loop_time, until

log = logging.getLogger(__name__)

ASK_AGAIN = 0.3
"""Seconds between a joiner's questions for a history that is out of reach."""
STEADY = 5.0
"""Seconds after which a stay in the room counts as one, and the next loss is a first one."""


class DocumentRoom:
    """Keeps one replica in the document's room; heals by `sync` whatever the room did not bring."""

    def __init__(
        self,
        shared: SharedFile,
        replica: Replica,
        room: LiveRoom,
        client: Client,
        service: Service,
        direct: DirectStanzas,
    ) -> None:
        self.state = "offline"
        self.trouble: BridgeError | None = None
        self._shared = shared
        self._replica = replica
        self._client = client
        self._service = service
        self._direct = direct
        self._inbox = Inbox(shared.document, replica)
        self._offers = Offers(shared.document, replica, service, self._inbox.said)
        self._sync = Synchroniser(
            shared.document, replica, service, self._inbox.take, self._offers.told
        )
        self.company = Company(self._inbox, replica)
        self.cursors = Cursors(room, shared.hides, lambda: service.admission(shared.document))
        self._answers = Answers()
        self._place: Place | None = None
        self._outbox = Outbox()
        self._stay_id = new_replica_id()
        self._plan = SyncPlan(random.random)
        self._alarm: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()

    @property
    def unsaved(self) -> Unsaved:
        """What was typed here and is not yet known to be durable."""
        return self._outbox.unsaved

    # -- the linked room's side ---------------------------------------------------------------------

    def typed(self, update: bytes, *, says: bool) -> None:
        """Send what was typed here; while there is no room, `sync` will. What says nothing waits for company."""
        self._outbox.put(update, urgent=says)
        self._send_what_may_go()

    def is_remote(self, client: int) -> bool:
        """Whether a cursor is another server's."""
        return self.cursors.is_remote(client)

    async def fetch(self) -> None:
        """Get a history for a replica that has none; asks until there is one. Raises what the service refuses with."""
        while True:
            try:
                await self._sync.with_service(new_replica_id(), lambda: None)
            except (UnavailableError, NotReadyError) as error:
                self.trouble = error
                await asyncio.sleep(ASK_AGAIN)
            else:
                return

    async def catch_up(self) -> None:
        """Exchange everything with the service once, without a place in the room. Raises BridgeErrors."""
        self._outbox.synced(*await self._sync.with_service(new_replica_id(), self._outbox.mark))

    async def run(self) -> None:
        """Hold the place until cancelled."""
        self._direct.register(self._shared.document, self)
        # Without a place most of all: nobody else has what is typed then.
        flushing = asyncio.create_task(self._shared.journal.keep_flushed())
        retry = Retry()
        try:
            while True:
                started = time.monotonic()
                try:
                    await self._once()
                except BridgeError as error:
                    self._stumbled(error)
                finally:
                    self._place = None
                    self.company.left()
                    self._plan.lost()
                    self._outbox.lost()
                    if self._alarm is not None:
                        self._alarm.cancel()
                retry = Retry() if time.monotonic() - started > STEADY else retry
                retry = retry.next(random.random())  # noqa: S311 - jitter
                await asyncio.sleep(retry.delay.total_seconds())
        finally:
            await ended(flushing)
            self._direct.forget(self._shared.document)

    def _stumbled(self, error: BridgeError) -> None:
        self.trouble = error
        self.state = "refused" if isinstance(error, ForbiddenError | NotFoundError) else "offline"
        log.info(
            "document offline: document=%s condition=%s reason=%s",
            self._shared.document,
            error.condition,
            error,
        )

    # -- one stay in the room -----------------------------------------------------------------------

    async def _once(self) -> None:
        """Enter, sync, then carry updates until the place is lost, which is always an error."""
        stream = await self._client.stream()
        admission = await self._service.admission(self._shared.document)
        self._shared.heard_role(admission.info.role)
        # The room shows the nick with every stanza, so it is all that tells replicas apart; never the same again.
        self._stay_id = new_replica_id()
        async with stream.rooms.occupancy(
            admission.jid, self._stay_id, self, password=str(admission.password)
        ) as place:
            self._place, self.state = place, "syncing"
            self._inbox.entered(admission.owners, stream.boundjid)
            self._outbox.entered(self._stay_id)
            self.company.entered(place, stream.boundjid.bare, admission)
            self._plan.entered(time.monotonic())
            await self._stay(stream, place, admission)

    async def _stay(self, stream: Stream, place: Place, admission: Admission) -> None:
        tasks = [
            asyncio.create_task(self._keep_synced(stream, place)),
            asyncio.create_task(self._offers.run(self._stay_id)),
            asyncio.create_task(self.cursors.run(stream, place.nick, admission)),
        ]
        try:
            watched: list[asyncio.Future[Any]] = [place.lost, *tasks]
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            raise place.lost.result()
        finally:
            await ended(*tasks)

    async def _keep_synced(self, stream: Stream, place: Place) -> None:
        """Sync whenever something may have been missed; the outbox holds back until the first one is through."""
        while True:
            action = self._plan.next_action(time.monotonic())
            match action:
                case SyncNow():
                    await self._synchronise(stream, place)
                case SyncAt(moment):
                    await until(self._news, moment)
                case InSync():
                    await until(self._news, None)
                case _:
                    assert_never(action)

    async def _synchronise(self, stream: Stream, place: Place) -> None:
        try:
            mark, durable = await self._sync.with_service(self._stay_id, self._outbox.mark)
            self._outbox.synced(mark, durable)
            if not self._inbox.knows_everybody:
                admission = await self._service.admission(self._shared.document)
                self._inbox.learn(admission.owners)
                self.cursors.learn(admission)
            self._plan.done(time.monotonic())
            if not durable:
                self._plan.failed(time.monotonic())  # Whoever has what is lacking may bring it.
            self.state, self.trouble = "live", None
        except (UnavailableError, TooLargeError) as error:
            self._plan.failed(time.monotonic())
            self.trouble = error
            await self._help_each_other(stream, place)
        finally:
            if not await self._inbox.drain():
                self._plan.failed(time.monotonic())  # The service has not got it yet either.
            self._inbox.held = False
        self._send_what_may_go()

    async def _help_each_other(self, stream: Stream, place: Place) -> None:
        """While the service is away members go on together; nothing is durable until it is back."""
        try:
            await self._sync.with_peer(stream, place, self._outbox.give)
        except UnavailableError as error:
            log.info("nobody to sync with: document=%s why=%s", self._shared.document, error)
        self._outbox.sync_failed(time.monotonic())
        self._outbox.release()
        self.state = "live"

    def _send_what_may_go(self) -> None:
        """The outbox decides; this sends, in the very turn of the event loop in which something was typed."""
        while True:
            action = self._outbox.next_action(time.monotonic())
            match action:
                case Send(stanza) if self._place is not None:
                    UPDATES_SENT.inc()
                    self._place.send(stanza.id, to_xml(stanza))
                case Push():
                    self._plan.missed(time.monotonic())
                    self._news.set()
                case WaitUntil(moment):
                    self._look_again(moment)
                    return
                case Send() | Idle():
                    return
                case _:
                    assert_never(action)

    def _look_again(self, moment: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_at(loop_time(moment), self._send_what_may_go)

    # -- what the room says -------------------------------------------------------------------------

    def on_message(self, message: RoomMessage) -> None:
        place = self._place
        if place is None:
            return
        try:
            payload = read_payload(message.payloads, message.nick, message.id)
            match payload:
                case UpdateStanza() | Chunk() if message.nick == place.nick:
                    self._outbox.reflected(payload, time.monotonic())
                    self._send_what_may_go()
                case UpdateStanza() | Chunk():
                    self._shared.used()
                    occupant = place.occupants.get(message.nick)
                    if not self._inbox.arrive(occupant, message.nick, payload):
                        self._plan.missed(time.monotonic())
                        self._news.set()
                case Available() | Resync() if self._direct.is_service(place, message.nick):
                    self._inbox.called()
                    self._plan.called(time.monotonic(), len(place.occupants))
                    self._news.set()
        except BridgeError as error:
            self._inbox.refuse(message.nick, Reason.BAD_PAYLOAD, str(error))

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:  # noqa: ARG002 - Listener's
        """The XMPP server has the last word on our own role."""
        place = self._place
        if place is None or occupant.nick != place.nick:
            return
        if (occupant.role in VOICE) != self._shared.link.role.may_write:
            voice = Role.EDITOR if occupant.role in VOICE else Role.VIEWER
            self._shared.heard_role(voice)

    def on_left(self, occupant: Occupant) -> None:
        self._inbox.left(occupant.nick)
        self._answers.left(occupant.nick)

    def on_refused(self, message_id: str, condition: str) -> None:
        """The XMPP server did not carry our update: a viewer's, as a rule."""
        self.trouble = ForbiddenError("the room does not take updates from a viewer")
        self._outbox.bounced(message_id)
        self._send_what_may_go()
        log.warning(
            "update refused by the room: document=%s stanza=%s condition=%s",
            self._shared.document,
            message_id,
            condition,
        )

    # -- what comes directly ------------------------------------------------------------------------

    def on_durable(self, durable: Durable) -> None:
        """The service has it; it is safe."""
        if durable.replica == self._stay_id:
            self._outbox.durable(durable.sequence)

    def on_update_refused(self, refused: Refused) -> None:
        """The service will not have it, nor will the others."""
        self.trouble = ForbiddenError(f"an edit was refused: {refused.reason or refused.condition}")
        log.warning(
            "update refused by the service: document=%s reason=%s",
            self._shared.document,
            refused.reason,
        )

    def answer(self, nick: str, query: SyncQuery) -> SyncAnswer:
        """Help another server while the service is away; whoever is in the room may read."""
        place = self._place
        if place is None or nick not in place.occupants:
            raise ForbiddenError("only occupants of the document's room are answered")

        def make() -> tuple[bytes, bytes]:
            known = read_state_vector(query.state_vector)
            return self._replica.state_vector(), self._replica.missing(known)

        return self._answers.answer(nick, query, time.monotonic(), make)
