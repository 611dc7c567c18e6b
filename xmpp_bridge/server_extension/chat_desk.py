"""The owner's chats on this server: which rooms there are, and what the open browser tabs are told of them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from slixmpp import JID
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.accounts.card_keeper import CardKeeper
from xmpp_bridge.chat.bookmark_keeper import BookmarkKeeper
from xmpp_bridge.chat.cell import CHAT
from xmpp_bridge.chat.message import StanzaId, older
from xmpp_bridge.chat.outbox import ChatOutbox, Waiting
from xmpp_bridge.chat.read_marks import ReadMarks
from xmpp_bridge.chat.room import ChatRoom
from xmpp_bridge.chat.spoken import Sender, Spoken
from xmpp_bridge.presence.condition import Condition, Device, Show
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.server_extension import frames
from xmpp_bridge.server_extension.alarms import listen_for_alarms
from xmpp_bridge.server_extension.chat_list import RoomCard, read_cards, stranger
from xmpp_bridge.server_extension.frames import Frame
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.server_extension.kept_chat import KeptChat
from xmpp_bridge.server_extension.session import Session
from xmpp_bridge.server_extension.staying import Staying
from xmpp_bridge.xmpp.errors import BridgeError, NotFoundError
from xmpp_bridge.xmpp.stream import Stream
from xmpp_bridge.xmpp.tasks import ended

log = logging.getLogger(__name__)

REFRESH = 300.0
"""Seconds between looks at which rooms there are; the service says when there are others."""
SOON = 5.0
"""Seconds until the next look after one that failed."""
FEATURES = ("search", "files", "direct", "moderation")
"""What this server does; the panel offers nothing else."""
ACCESS: Frame = {"kind": "access", "room": None}
"""Somebody was let in somewhere, or is out, or is something else there: who shows that asks again."""


class Tab(Protocol):
    """One browser tab."""

    def tell(self, frame: Frame) -> None: ...


class ChatDesk:
    """Joins the owner's rooms on the XMPP server with the tabs that look at them."""

    def __init__(
        self, session: Session, service: HubService, outbox: ChatOutbox, memory: Path
    ) -> None:
        """`memory` is a folder for what was written on behalf of the owner."""
        self._session = session
        self._service = service
        self._outbox = outbox
        self._marks = ReadMarks(session.client, self._on_read_elsewhere)
        self._bookmarks = BookmarkKeeper(session.client, memory / "bookmarked.json")
        self._card = CardKeeper(session.client, lambda: self.announce(self._condition))
        self._cards: dict[RoomId, RoomCard] = {}
        self._rooms: dict[RoomId, ChatRoom] = {}
        self._running: dict[RoomId, asyncio.Task[None]] = {}
        self._tabs: set[Tab] = set()
        self._reading: set[asyncio.Task[None]] = set()
        self._look = asyncio.Event()
        self._staying = Staying(self._look.set)
        self._state: Frame = {}
        self._condition = Condition(Show.ABSENT, Device.LAB)
        self.hides = False
        """Whether the owner does not want to be seen."""

    # -- tabs -----------------------------------------------------------------------------------------

    def opened(self, tab: Tab) -> None:
        """A tab has come: tell it everything."""
        self._tabs.add(tab)
        tab.tell(self._state_frame())
        tab.tell(self._rooms_frame())
        for room in self._rooms.values():
            tab.tell(self._occupants_frame(room))
            for waiting in self._outbox.of(room.id):
                tab.tell(self.waiting_frame(waiting))
        self._look.set()

    def closed(self, tab: Tab) -> None:
        self._tabs.discard(tab)

    def tell(self, frame: Frame) -> None:
        """Tell every tab."""
        for tab in list(self._tabs):
            tab.tell(frame)

    @property
    def watched(self) -> bool:
        """Whether there is a tab."""
        return bool(self._tabs)

    def tell_state(self) -> None:
        """Tell every tab how the connection is, if that has changed."""
        state = self._state_frame()
        if state != self._state:
            self._state = state
            self.tell(state)

    # -- which rooms there are ------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep up with the owner's rooms until cancelled."""
        shared = [
            asyncio.create_task(each.run()) for each in (self._marks, self._bookmarks, self._card)
        ]
        try:
            while True:
                self._look.clear()
                known = await self._refresh()
                try:
                    async with asyncio.timeout(REFRESH if known else SOON):
                        await self._look.wait()
                except TimeoutError:
                    continue
        finally:
            await ended(*shared, *self._running.values())

    def listen(self, stream: Stream) -> None:
        """Hear when there are other rooms; called before the stream's first stanza. Who has come back looks, too."""
        stream.register_handler(
            Callback(
                "rooms changed",
                MatchXPath(f"{{jabber:client}}message/{{{CHAT}}}rooms"),
                self._on_rooms,
            )
        )
        listen_for_alarms(stream, self.is_service, self.tell)
        self._look.set()
        self._staying.told()

    def _on_rooms(self, stanza: StanzaBase) -> None:
        if stanza.xml.get("type") == "headline" and self.is_service(stanza["from"].bare):
            self._look.set()
            self._staying.told()
            self.tell(ACCESS)

    async def _refresh(self) -> bool:
        self.tell_state()
        try:
            cards = read_cards(await self._service.chat_rooms())
        except BridgeError as error:
            log.info("rooms not known: condition=%s", error.condition)
            return False
        changed = cards != self._cards
        for room in self._rooms.keys() - cards.keys():
            self._leave(room)
        self._cards = cards
        self._bookmarks.put(card.bookmark(self._nick) for card in cards.values())
        for room in cards.keys() - self._rooms.keys():
            self._enter(cards[room])
        for room in cards:
            self._compare_marks(room)
        if changed:
            self.tell(self._rooms_frame())
        if self.watched:  # Else it waits for somebody who reads it.
            self._give_back()
        if changed:
            for held in self._rooms.values():  # Who is there may have a name only now.
                self.tell(self._occupants_frame(held))
        return True

    def _give_back(self) -> None:
        """What waits for rooms in which the owner is no member any more will never be said there."""
        for waiting in self._outbox.beside(self._cards.keys()):
            text = "you are not a member of its room any more"
            self.tell(frames.unsaid(waiting, "forbidden", text))
            self._outbox.settle(waiting.room, waiting.origin)

    def _enter(self, card: RoomCard) -> None:
        room = ChatRoom(
            card.id,
            JID(card.jid),
            self._nick,
            self._session.client,
            KeptChat(self._service),
            self._outbox,
            self,
        )
        room.announce(self._condition)
        self._rooms[card.id] = room
        self._running[card.id] = asyncio.create_task(self._staying.stay(room))

    def _leave(self, room: RoomId) -> None:
        del self._rooms[room]
        self._running.pop(room).cancel()

    # -- for those who ask ----------------------------------------------------------------------------

    def room(self, room: RoomId) -> ChatRoom:
        """The owner's place in a room; raises NotFoundError if they are not a member."""
        try:
            return self._rooms[room]
        except KeyError:
            raise NotFoundError("you are not a member of this room") from None

    def type(self, room: RoomId, *, active: bool) -> None:
        """Show, or stop showing, that the owner writes, unless they hide."""
        if not self.hides:
            self.room(room).type(active=active)

    def knows(self, room: RoomId) -> bool:
        """Whether the list shows this room."""
        return room in self._cards

    def card(self, room: RoomId) -> RoomCard:
        """A room as the list shows it; raises NotFoundError if the owner is not a member."""
        try:
            return self._cards[room]
        except KeyError:
            raise NotFoundError("you are not a member of this room") from None

    def mark(self, room: RoomId, mark: Any) -> None:
        """The service has moved the mark up to which the owner has read."""
        self._cards[room] = card = self.card(room).marked(mark)
        self.tell(card.read_frame())
        self._compare_marks(room)

    def announce(self, condition: Condition) -> None:
        """Be like this in every room."""
        self._condition = replace(condition, picture=self._card.hash)
        for room in self._rooms.values():
            room.announce(self._condition)

    def look(self) -> None:
        """See soon which rooms there are."""
        self._look.set()

    # -- what rooms say -------------------------------------------------------------------------------

    def person(self, room: RoomId, jid: str) -> Sender:
        card = self._cards.get(room)
        return stranger(jid) if card is None else card.person(jid)

    def is_service(self, jid: str) -> bool:
        credential = self._session.credential
        return credential is not None and jid == credential.service_jid.bare

    def on_spoken(self, room: RoomId, spoken: Spoken, *, new: bool) -> None:
        held = self._rooms[room]
        self.tell(self.message_frame(held, spoken))
        if new and spoken.sender.jid != self.me:
            self._cards[room] = card = self._cards[room].with_one_more(spoken, self.me)
            self.tell(card.read_frame())
            self._compare_marks(room)

    def on_refused(self, waiting: Waiting) -> None:
        text = "the room did not take the message: a moderator may have muted you"
        self.tell(frames.unsaid(waiting, "forbidden", text))

    def on_typing(self, room: RoomId) -> None:
        typing = sorted(self._rooms[room].typing - {self.me})
        people = [self._cards[room].person_json(jid) for jid in typing]
        self.tell({"kind": "typing", "room": room, "people": people})

    def on_displayed(self, room: RoomId, through: StanzaId) -> None:
        """The owner has read this far with another client of theirs, unless nothing has been said there yet."""
        card, newest = self._cards.get(room), self._rooms[room].conversation.newest
        if card is None or newest is None or older(newest, through):
            return
        if card.read is None or older(card.read, through):
            task = asyncio.create_task(self._read(room, through))
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    async def _read(self, room: RoomId, through: StanzaId) -> None:
        with suppress(BridgeError):  # The next look tells.
            self.mark(room, await self._service.set_mark(room, read=through))

    def _on_read_elsewhere(self, jid: str) -> None:
        for card in self._cards.values():
            if card.jid == jid:
                self._compare_marks(card.id)

    def _compare_marks(self, room: RoomId) -> None:
        """What the service knows and what the owner's clients know of a room is to be the same."""
        card, held = self._cards[room], self._rooms.get(room)
        elsewhere = self._marks.of(card.jid)
        if card.read is not None:
            self._marks.put(card.jid, card.read)
        if elsewhere is not None and held is not None and held.live:
            self.on_displayed(room, elsewhere)

    def on_occupants(self, room: RoomId) -> None:
        held = self._rooms.get(room)
        if held is not None:
            self.tell(self._occupants_frame(held))
            self._compare_marks(room)
        if self._state_frame() != self._state:
            self._look.set()

    def on_archived(self, room: RoomId, through: StanzaId) -> None:
        self.tell({"kind": "archived", "room": room, "id": through})

    # -- frames ---------------------------------------------------------------------------------------

    @property
    def me(self) -> str:
        """The owner's bare JID."""
        credential = self._session.credential
        return "" if credential is None else credential.login.jid.bare

    @property
    def _nick(self) -> str:
        """What the owner is called in rooms."""
        credential = self._session.credential
        return self._session.hub_user if credential is None else credential.display_name

    def message_frame(self, room: ChatRoom, spoken: Spoken) -> Frame:
        """A message as it is now."""
        delivered = room.is_delivered(spoken.id)
        message = self._cards[room.id].message_json(spoken, self.me, delivered=delivered)
        return {"kind": "message", "room": room.id, "message": message}

    def waiting_frame(self, waiting: Waiting) -> Frame:
        """A message on its way to the room."""
        message = self._cards[waiting.room].waiting_json(waiting, self.me)
        return {"kind": "message", "room": waiting.room, "message": message}

    def _occupants_frame(self, room: ChatRoom) -> Frame:
        return self._cards[room.id].occupants_frame(room.people)

    def _rooms_frame(self) -> Frame:
        return {"kind": "rooms", "rooms": [card.to_json() for card in self._cards.values()]}

    def _state_frame(self) -> Frame:
        return frames.state(self._session.status(), self._session.owner_json(), FEATURES)
