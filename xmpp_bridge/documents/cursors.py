"""Joins a linked room's awareness and the document's awareness MUC: cursors, in a room of their own."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, assert_never
from uuid import uuid4

from pycrdt import create_awareness_message

from xmpp_bridge.documents.service import Admission, Member
from xmpp_bridge.documents.shared_file import LiveRoom
from xmpp_bridge.presence.awareness import write_awareness
from xmpp_bridge.presence.cursor_rate import CursorOutbox, Move, MoveAt, Still
from xmpp_bridge.presence.looks import shown
from xmpp_bridge.presence.occupants import Joined, Occupants
from xmpp_bridge.presence.remote_cursors import RemoteCursors
from xmpp_bridge.presence.stanza import Awareness, Identity, read_awareness_payload, to_xml
from xmpp_bridge.xmpp.errors import BridgeError
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage
from xmpp_bridge.xmpp.retry import Retry
from xmpp_bridge.xmpp.stream import Stream
from xmpp_bridge.xmpp.tasks import ended

log = logging.getLogger(__name__)

REMOTE = "xmpp-bridge: remote cursor"
RENEW_EVERY = 10.0
"""Seconds; browsers forget a cursor that is silent for 30, and nothing is renewed over the wire."""


class Cursors:
    """Losing the awareness room costs cursors, never edits: it is entered again as long as `run` runs."""

    def __init__(
        self,
        room: LiveRoom,
        hides: Callable[[], bool],
        admission: Callable[[], Awaitable[Admission]],
    ) -> None:
        """`hides` tells whether the owner does not want to be seen; `admission` asks the service who is who."""
        self._ask = admission
        self._asked: frozenset[str] = frozenset()
        self._room = room
        self._outbox = CursorOutbox()
        self._remote = RemoteCursors(self._is_local)
        self._occupants = Occupants()
        self._members: Mapping[str, Member] = {}
        self._hides = hides
        self._hidden = False
        self._own_nick = ""
        self._moved = asyncio.Event()
        self._pushes: asyncio.Queue[bytes] = asyncio.Queue()

    def is_remote(self, client: int) -> bool:
        """Whether a client id is a browser tab of another server."""
        return client in self._remote.clients

    async def run(self, stream: Stream, nick: str, admission: Admission) -> None:
        """Show cursors both ways until cancelled."""
        self.learn(admission)
        awareness = self._room.awareness
        subscription = awareness.observe(self._on_awareness)
        for client in list(awareness.states):
            self._put(client)
        pushing = asyncio.create_task(self._keep_pushing())
        try:
            await self._keep_trying(stream, nick, admission)
        finally:
            await ended(pushing)
            awareness.unobserve(subscription)
            gone = self._remote.clear(_now_ms())
            if gone is not None:
                awareness.apply_awareness_update(gone, REMOTE)

    def learn(self, admission: Admission) -> None:
        """Who is who, as the hub says."""
        self._members = admission.members

    @property
    def people(self) -> Iterable[Mapping[str, Any]]:
        """Who of other servers has the document open in a browser."""
        return self._remote.users.values()

    async def _keep_trying(self, stream: Stream, nick: str, admission: Admission) -> None:
        retry = Retry()
        while True:
            try:
                await self._stay(stream, nick, admission)
            except BridgeError as error:
                log.info(
                    "cursors offline: document=%s condition=%s",
                    admission.info.id,
                    error.condition,
                )
            retry = retry.next(random.random())  # noqa: S311 - jitter
            await asyncio.sleep(retry.delay.total_seconds())

    async def _stay(self, stream: Stream, nick: str, admission: Admission) -> None:
        self._occupants, self._own_nick = Occupants(), nick
        self._outbox.may_write = admission.info.role.may_write
        me = self._members.get(stream.boundjid.bare)
        display_name = stream.boundjid.user if me is None else me.display_name
        async with stream.rooms.occupancy(
            admission.awareness_jid,
            nick,
            self,
            password=str(admission.password),
            payloads=(to_xml(Identity(display_name)),),
        ) as place:
            self._outbox.welcome(time.monotonic())
            tasks = [
                asyncio.create_task(self._keep_sending(place)),
                asyncio.create_task(self._keep_renewing()),
            ]
            try:
                watched: list[asyncio.Future[Any]] = [place.lost, *tasks]
                await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
                raise place.lost.result()
            finally:
                await ended(*tasks)
                self._show(self._remote.clear(_now_ms()))

    async def _keep_sending(self, place: Place) -> None:
        while True:
            action = self._outbox.next_action(time.monotonic())
            match action:
                case Move(states):
                    place.send(uuid4().hex, to_xml(Awareness(write_awareness(states))))
                case MoveAt(moment):
                    await self._until(moment)
                case Still():
                    await self._until(None)
                case _:
                    assert_never(action)

    async def _until(self, moment: float | None) -> None:
        try:
            async with asyncio.timeout(None if moment is None else moment - time.monotonic()):
                await self._moved.wait()
        except TimeoutError:
            return
        self._moved.clear()

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            await self._meet()
            self._show(self._remote.renew(_now_ms()))
            if self._hides() is not self._hidden:
                for client in list(self._room.awareness.states):
                    self._put(client)

    async def _meet(self) -> None:
        """Who came into the room since we did has a name only now."""
        here = {each.jid.bare for each in self._occupants.all if each.jid is not None}
        if here <= self._members.keys() | self._asked:
            return
        self._asked |= here
        with suppress(BridgeError):
            self.learn(await self._ask())

    async def _keep_pushing(self) -> None:
        """YRoom tells its clients only of what the server itself says, so this tells them."""
        while True:
            update = await self._pushes.get()
            message = create_awareness_message(update)
            for client in list(self._room.clients):
                await client.send(message)

    def _show(self, update: bytes | None) -> None:
        if update is None:
            return
        self._room.awareness.apply_awareness_update(update, REMOTE)
        self._pushes.put_nowait(update)

    # -- what this server's browsers say ------------------------------------------------------------

    def _on_awareness(self, topic: str, change: tuple[dict[str, Any], Any]) -> None:
        clients, origin = change
        if topic != "update" or origin == REMOTE:
            return
        for client in (*clients["added"], *clients["updated"], *clients["removed"]):
            self._put(client)

    def _put(self, client: int) -> None:
        if not self._is_local(client):
            return
        self._hidden = self._hides()
        state = None if self._hidden else self._room.awareness.states.get(client)
        self._outbox.put(client, state)
        self._moved.set()

    def _is_local(self, client: int) -> bool:
        awareness = self._room.awareness
        return (
            client != awareness.client_id
            and client in awareness.meta
            and client not in self._remote.clients
        )

    # -- what the room says -------------------------------------------------------------------------

    def on_message(self, message: RoomMessage) -> None:
        occupant = self._occupants.get(message.nick)
        if occupant is None or occupant.jid is None or occupant.nick == self._own_nick:
            return
        try:
            payload = read_awareness_payload(message.payloads)
            if payload is None:
                return
            self._outbox.others_moved(message.nick, time.monotonic())
            user = self._user(occupant)
            self._show(self._remote.receive(occupant.jid.full, payload.update, user, _now_ms()))
        except BridgeError as error:
            log.warning("cursor refused: nick=%s reason=%s", message.nick, error)

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        news = self._occupants.present(occupant, presence)
        self._outbox.occupants = len(self._occupants)
        if isinstance(news, Joined):
            self._outbox.welcome(time.monotonic() + random.random())  # noqa: S311 - jitter
            self._moved.set()

    def on_left(self, occupant: Occupant) -> None:
        left = self._occupants.left(occupant)
        self._outbox.occupants = len(self._occupants)
        if left is not None and left.occupant.jid is not None:
            self._show(self._remote.leave(left.occupant.jid.full, _now_ms()))

    def on_refused(self, message_id: str, condition: str) -> None:
        """A move that was lost is followed by the next."""

    def _user(self, occupant: Occupant) -> dict[str, Any]:
        """Who somebody is and how they look says the hub, by way of their JID; nothing is what they say themselves."""
        assert occupant.jid is not None  # noqa: S101 - checked by the caller
        member = self._members.get(occupant.jid.bare)
        if member is None:
            return shown(occupant.jid.user, occupant.jid.user, None)
        return shown(member.hub_user, member.display_name, member.role.value)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
