"""Somebody in a room's chat, without a Jupyter server around them."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from slixmpp import JID

from tests.e2e.people import PATIENCE, Actor, connected
from xmpp_bridge.chat.message import Archived, ChatMessage, Payload, Said, StanzaId
from xmpp_bridge.chat.stanza import read_payload, stanza_id_of, to_xml
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage
from xmpp_bridge.xmpp.stream import Stream

CLIENT = "jabber:client"


@dataclass(frozen=True)
class Line:
    """What a room brought: from whom, under which ids, and what."""

    nick: str
    id: str
    stanza_id: StanzaId | None
    payload: Payload


class NotTakenError(Exception):
    """The room refused what was said, or has lost who said it."""


class Chatter:
    """A place in a chat room, and everything that was heard there."""

    def __init__(self, actor: Actor, room: str, stream: Stream) -> None:
        self.actor = actor
        self.room = room
        self.stream = stream
        self.place: Place | None = None
        self.lines: list[Line] = []
        self.refused: dict[str, str] = {}
        """Why, by what it was called."""
        self._news = asyncio.Event()

    def say(self, said: Said | str, *more: ET.Element) -> str:
        """Send it, and return what it is called."""
        payload = ChatMessage(said) if isinstance(said, str) else said
        message_id = token_hex(8)
        assert self.place is not None
        self.place.send(message_id, *to_xml(payload, CLIENT), *more)
        return message_id

    def tell(self, payload: Payload) -> None:
        """Send what nobody keeps."""
        assert self.place is not None
        self.place.send(token_hex(8), *to_xml(payload, CLIENT))

    async def hears(self, like: Callable[[Line], bool], said: str | None = None) -> Line:
        """The first line that is `like` that, heard already or to come.

        `NotTakenError` if none will come any more, or if what is called `said` was refused.
        """
        async with asyncio.timeout(PATIENCE):
            while True:
                for line in self.lines:
                    if like(line):
                        return line
                if said is not None and said in self.refused:
                    raise NotTakenError(self.refused[said])
                if self.place is not None and self.place.lost.done():
                    raise NotTakenError("the place is lost") from self.place.lost.result()
                self._news.clear()
                await self._news.wait()

    async def heard(self, message_id: str) -> Line:
        """What the room made of what was said under this id, by whomever."""
        return await self.hears(lambda line: line.id == message_id, message_id)

    async def archived(self, through: StanzaId) -> None:
        """Return once the service has said that it holds everything up to there."""

        def holds(line: Line) -> bool:
            payload = line.payload
            return isinstance(payload, Archived) and int(payload.through) >= int(through)

        await self.hears(holds)

    def on_message(self, message: RoomMessage) -> None:
        payload = read_payload(message.payloads, CLIENT)
        if payload is not None:
            stanza_id = stanza_id_of(message.payloads, JID(self.room).bare)
            self.lines.append(Line(message.nick, message.id, stanza_id, payload))
            self._news.set()

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        """The place keeps who is here."""

    def on_left(self, occupant: Occupant) -> None:
        """The place keeps who is here."""

    def on_refused(self, message_id: str, condition: str) -> None:
        self.refused[message_id] = condition
        self.wake()

    def wake(self) -> None:
        """Something has happened that may end a waiting."""
        self._news.set()


@asynccontextmanager
async def chatting(actor: Actor, room: str, stream: Stream | None = None) -> AsyncIterator[Chatter]:
    """Sit in the room's chat."""
    if stream is None:
        async with connected(actor) as own, chatting(actor, room, own) as chatter:
            yield chatter
        return
    (jid,) = [each["jid"] for each in await actor.service.chat_rooms() if each["id"] == room]
    chatter = Chatter(actor, jid, stream)
    async with stream.rooms.occupancy(JID(jid), actor.name, chatter) as chatter.place:
        chatter.place.lost.add_done_callback(lambda _: chatter.wake())
        yield chatter


async def read(actor: Actor, room: str) -> list[dict[str, Any]]:
    """Everything that the archive holds of a room."""
    found: list[dict[str, Any]] = []
    page = await actor.service.messages(room, limit=200)
    while True:
        found = [*page["messages"], *found]
        if page["first"]:
            return found
        page = await actor.service.messages(room, limit=200, before=found[0]["id"])
