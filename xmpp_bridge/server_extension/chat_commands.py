"""What a browser tab asks for in the chat, done as the owner of this server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, assert_never

from xmpp_bridge.chat.message import (
    ChatMessage,
    Correction,
    OriginId,
    Reaction,
    Resolution,
    Retraction,
    StanzaId,
)
from xmpp_bridge.chat.outbox import ChatOutbox, Waiting
from xmpp_bridge.chat.room import ChatRoom
from xmpp_bridge.chat.spoken import Spoken, from_json
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.server_extension import frames
from xmpp_bridge.server_extension.chat_desk import ChatDesk
from xmpp_bridge.server_extension.frames import Frame
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError

HITS = 30
"""Found messages in one answer."""


class ChatCommands:
    """Answers frames; what changes is told to every tab by the desk."""

    def __init__(
        self,
        desk: ChatDesk,
        service: HubService,
        outbox: ChatOutbox,
        now: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._service = service
        self._outbox = outbox
        self._now = now

    def say(self, frame: frames.Saying) -> Frame | None:
        """Say what a tab says, and return the answer; raises what it is refused with."""
        match frame:
            case frames.SetTyping(room, active):
                self._desk.type(room, active=active)
                return None
            case frames.Post():
                self._post(frame)
                return frames.done(frame.request)
            case _:
                assert_never(frame)

    async def handle(self, frame: frames.Asking) -> Frame | None:
        """Do what a tab asks, and return the answer; raises what the service or the room refuses with."""
        match frame:
            case frames.Displayed(room, stanza_id):
                await self._displayed(room, stanza_id)
                return None
            case frames.Retract():
                await self._retract(frame)
            case frames.Correct() | frames.React() | frames.Resolve():
                await self._say_about(frame)
            case frames.GetPage():
                return await self._page(frame)
            case frames.Search():
                return await self._search(frame)
            case frames.SetNotify(_, room, level):
                await self._service.set_mark(self._desk.room(room).id, notify=level)
                self._desk.look()
            case frames.OpenDirect(request, username):
                room = await self._service.direct(username)
                self._desk.look()
                return frames.done(request, room)
            case _:
                assert_never(frame)
        return frames.done(frame.request)

    def _post(self, post: frames.Post) -> None:
        room = self._desk.room(post.room)
        origin = OriginId(post.client_id)
        if (post.room, origin) in self._outbox:
            return  # A tab that lost its connection says it again; it was heard the first time.
        said = room.conversation.by(self._desk.me, origin)
        if said is not None:
            self._desk.tell(self._desk.message_frame(room, said))
            return
        mentions = self._desk.card(post.room).mentioned(post.body)
        message = ChatMessage(post.body, post.reply_to, mentions, post.cell, post.attachments)
        waiting = Waiting(post.room, origin, self._now(), message)
        room.post(waiting)
        self._desk.tell(self._desk.waiting_frame(waiting))

    async def _say_about(self, frame: frames.Correct | frames.React | frames.Resolve) -> None:
        room = self._desk.room(frame.room)
        match frame:
            case frames.Correct(_, _, stanza_id, body):
                spoken = await self._message(room, stanza_id)
                if spoken.origin is None:
                    raise NotFoundError("this message cannot be corrected: it has no id of its own")
                mentions = self._desk.card(frame.room).mentioned(body)
                room.say(Correction(spoken.origin, body, mentions))
            case frames.React(_, _, stanza_id, emojis):
                room.say(Reaction(stanza_id, emojis))
            case frames.Resolve(_, _, stanza_id, resolved):
                room.say(Resolution(stanza_id, resolved))
            case _:
                assert_never(frame)

    async def _retract(self, frame: frames.Retract) -> None:
        """The owner takes back what they said themselves; what others said, the service does for them if it may."""
        room = self._desk.room(frame.room)
        spoken = await self._message(room, frame.id)
        if spoken.sender.jid == self._desk.me:
            room.say(Retraction(frame.id))
        else:
            await self._service.moderate(frame.room, frame.id, frame.reason)

    async def _message(self, room: ChatRoom, stanza_id: StanzaId) -> Spoken:
        return room.conversation[stanza_id] or await self._service.message(room.id, stanza_id)

    async def _page(self, ask: frames.GetPage) -> Frame:
        room, card = self._desk.room(ask.room), self._desk.card(ask.room)
        window: dict[str, str | int] = {"limit": ask.limit}
        if ask.id is not None:
            window[ask.where] = ask.id
        through = room.archived
        page = await self._service.messages(ask.room, **window)
        found = [from_json(raw) for raw in page["messages"]]
        messages = room.conversation.remember(found, through)
        if page["last"]:  # The archive may be a moment behind what everybody has heard.
            messages += room.conversation.since(messages[-1].id if messages else StanzaId("0"))
        return {
            "kind": "page",
            "request": ask.request,
            "room": ask.room,
            "messages": [
                card.message_json(
                    each,
                    self._desk.me,
                    delivered=position < len(found) or room.is_delivered(each.id),
                )
                for position, each in enumerate(messages)
            ],
            "first": bool(page["first"]),
            "last": bool(page["last"]),
        }

    async def _search(self, ask: frames.Search) -> Frame:
        window: dict[str, str | int] = {"q": ask.query, "order": ask.order, "limit": HITS}
        if ask.room is not None:
            window["room"] = ask.room
        if ask.cursor is not None:
            window["cursor"] = ask.cursor
        found = await self._service.search(**window)
        try:
            return {
                "kind": "results",
                "request": ask.request,
                # A room that the service knows and this server does not yet is shown on the next look.
                "hits": [self._hit(raw) for raw in found["hits"] if self._desk.knows(raw["room"])],
                "cursor": found["cursor"],
                "total_at_least": found["total_at_least"],
                "problems": found["problems"],
            }
        except (KeyError, TypeError) as error:
            raise BadPayloadError("the hub service's answer is not what was found") from error

    def _hit(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        card, spoken = self._desk.card(raw["room"]), from_json(raw["message"])
        message = card.message_json(spoken, self._desk.me, delivered=True)
        return {"room": card.id, "message": message, "snippet": raw["snippet"]}

    async def _displayed(self, room: RoomId, stanza_id: StanzaId) -> None:
        mark = await self._service.set_mark(self._desk.room(room).id, read=stanza_id)
        self._desk.mark(room, mark)
