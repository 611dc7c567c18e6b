"""Everywhere that somebody may be in a room: chat, document, cursors; and how fast they are out."""

from __future__ import annotations

import asyncio
import time
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from slixmpp import JID

from demo.rest import RefusedError, Rest
from tests.e2e.people import Actor
from tests.e2e.servers import Hub
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BridgeError
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage
from xmpp_bridge.xmpp.stream import Stream

SOON = 10.0


class Nobody:
    """Hears everything and keeps what was refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.news = asyncio.Event()

    def on_message(self, message: RoomMessage) -> None:
        """Not what these tests ask."""

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        """The place keeps who is here."""

    def on_left(self, occupant: Occupant) -> None:
        """The place keeps who is here."""

    def on_refused(self, message_id: str, condition: str) -> None:
        self.refused.append(condition)
        self.news.set()


class Everywhere:
    """Addresses of one document and its room, as a member knows them for ever."""

    def __init__(self, room: str, chat: str, document: DocumentId, password: str) -> None:
        domain = chat.partition("@")[2].partition(".")[2]
        self.room = room
        self.document = document
        self.password = password
        self.chat = JID(chat)
        self.edits = JID(f"{document}@documents.{domain}")
        self.cursors = JID(f"{document}@awareness.{domain}")

    @property
    def addresses(self) -> tuple[tuple[JID, str | None], ...]:
        """Each with the password that it takes."""
        return (
            (self.chat, None),
            (self.edits, self.password),
            (self.cursors, self.password),
        )


def rest(hub: Hub, actor: Actor) -> Rest:
    return hub.service(actor.server.token)


async def room_of(owner: Actor, **members: str) -> str:
    """A room with a document, and members by their roles."""
    room = (await owner.service.create_room("Verona"))["id"]
    await owner.service.create_document(room, "scene.md", "file", "text")
    for name, role in members.items():
        await owner.service.set_member(room, name, role)
    return str(room)


async def status_of(attempt: Awaitable[Any]) -> int:
    try:
        await attempt
    except RefusedError as refused:
        return refused.status
    return 200


async def everywhere(member: Actor, room: str) -> Everywhere:
    """What a member of the room learns of it."""
    (card,) = [each for each in await member.service.chat_rooms() if each["id"] == room]
    document = DocumentId(card["documents"][0]["id"])
    admission = await member.service.admission(document)
    return Everywhere(room, card["jid"], document, str(admission.password))


@asynccontextmanager
async def inside(actor: Actor, stream: Stream, where: Everywhere) -> AsyncIterator[list[Place]]:
    """A place in each of them."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                stream.rooms.occupancy(address, actor.name, Nobody(), password=password)
            )
            for address, password in where.addresses
        ]


async def seconds_until_out(places: list[Place], since: float) -> float:
    """How long it took until none of the places was left."""
    async with asyncio.timeout(SOON):
        await asyncio.gather(*(asyncio.shield(place.lost) for place in places))
    return time.monotonic() - since


async def is_let_in(actor: Actor, stream: Stream, address: JID, password: str | None) -> bool:
    """Whether the XMPP server gives them a place there."""
    try:
        async with stream.rooms.occupancy(address, f"{actor.name}-2", Nobody(), password=password):
            return True
    except BridgeError:
        return False
