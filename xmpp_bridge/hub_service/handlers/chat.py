"""Chat: the caller's rooms, what was said in them, and how far the caller has read."""

from __future__ import annotations

from tornado.web import RequestHandler

from xmpp_bridge.archive.store import Page
from xmpp_bridge.archive.tables import Notify
from xmpp_bridge.chat.message import StanzaId
from xmpp_bridge.chat.stanza import read_reason, read_stanza_id
from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler
from xmpp_bridge.hub_service.handlers.bodies import read_choice, read_object, read_text
from xmpp_bridge.hub_service.scopes import ROOMS_READ
from xmpp_bridge.rooms.identifiers import RoomId, read_room_id
from xmpp_bridge.xmpp.errors import BadPayloadError

LIMIT = 50
MOST = 200


class ChatRoomsHandler(AuthenticatedHandler):
    """The caller's rooms, with what is unread in each."""

    async def get(self) -> None:
        account = await self.account()
        rooms = await self.parts.chat.rooms(account)
        self.send_json({"rooms": [self.views.chat_room(each, account) for each in rooms]})


class DirectHandler(AuthenticatedHandler):
    """The room of the caller and one other person."""

    async def post(self) -> None:
        hub_user = read_text(read_object(self.request.body), "hub_user")
        room, is_new = await self.parts.direct.open(await self.account(), hub_user)
        self.send_json({"room": room}, status=201 if is_new else 200)


class MessagesHandler(AuthenticatedHandler):
    """What was said in a room."""

    async def get(self, room: str) -> None:
        account, room_id = await self.account(), read_room_id(room)
        page = await self._page(room_id)
        messages = [self.views.message(each, room_id, account) for each in page.messages]
        self.send_json({"messages": messages, "first": page.first, "last": page.last})

    async def _page(self, room: RoomId) -> Page:
        account, chat, limit = await self.account(), self.parts.chat, read_limit(self, LIMIT, MOST)
        before, after, around = (self._id(name) for name in ("before", "after", "around"))
        if sum(each is not None for each in (before, after, around)) > 1:
            raise BadPayloadError("a page is before, after or around one message")
        if after is not None:
            return await chat.after(account, room, after, limit)
        if around is not None:
            return await chat.around(account, room, around, limit)
        return await chat.before(account, room, before, limit)

    def _id(self, name: str) -> StanzaId | None:
        text = self.get_query_argument(name, None)
        return None if text is None else read_stanza_id(text)


def read_limit(handler: RequestHandler, usual: int, most: int) -> int:
    """How many the caller wants."""
    text = handler.get_query_argument("limit", str(usual))
    if not text.isdecimal() or not 0 < int(text) <= most:
        raise BadPayloadError(f"limit is a number up to {most}")
    return int(text)


class MessageHandler(AuthenticatedHandler):
    """One message as it is now."""

    async def get(self, room: str, message: str) -> None:
        account, room_id = await self.account(), read_room_id(room)
        found = await self.parts.chat.message(account, room_id, read_stanza_id(message))
        self.send_json(self.views.message(found, room_id, account))

    async def delete(self, room: str, message: str) -> None:
        """Take back what somebody else said, as an owner of the room."""
        account, room_id = await self.account(), read_room_id(room)
        reason = read_reason(self.get_query_argument("reason", ""))
        message_id = read_stanza_id(message)
        found = await self.parts.chat.moderate(account, room_id, message_id, reason)
        self.send_json(self.views.message(found, room_id, account))


class SearchHandler(AuthenticatedHandler):
    """What was said in the caller's rooms, found by words."""

    async def get(self) -> None:
        account = await self.account()
        room = self.get_query_argument("room", None)
        order = self.get_query_argument("order", "newest")
        if order not in ("newest", "relevance"):
            raise BadPayloadError("order is newest or relevance")
        found = await self.parts.finding.find(
            account,
            self.get_query_argument("q", ""),
            None if room is None else read_room_id(room),
            "newest" if order == "newest" else "relevance",
            self.get_query_argument("cursor", None),
            read_limit(self, LIMIT, MOST),
        )
        self.send_json(self.views.found(found, account))


class MarkHandler(AuthenticatedHandler):
    """How far the caller has read, and of what they want to be told."""

    writing_scope = ROOMS_READ  # It says something about the reader, not in the room.

    async def put(self, room: str) -> None:
        fields = read_object(self.request.body)
        read = read_stanza_id(read_text(fields, "read")) if "read" in fields else None
        notify = read_choice(fields, "notify", Notify) if "notify" in fields else None
        account = await self.account()
        mark = await self.parts.chat.set_mark(account, read_room_id(room), read, notify)
        self.send_json(self.views.mark(mark))
