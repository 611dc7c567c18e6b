"""Somebody in a document room, without a Jupyter server around them."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

import pycrdt
from slixmpp import JID
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from tests.e2e.servers import Hub, JupyterServer
from xmpp_bridge.documents.stanza import (
    Chunk,
    Payload,
    UpdateStanza,
    new_replica_id,
    read_payload,
    to_xml,
)
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.update import EMPTY_UPDATE
from xmpp_bridge.hub_service.xmpp_server import NICK
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage
from xmpp_bridge.xmpp.stream import Secret, Stream, logged_in

PATIENCE = 20.0

Kind = TypeVar("Kind", bound=Payload)


class Actor:
    """A hub user with a token of a Jupyter server of theirs."""

    def __init__(self, hub: Hub, server: JupyterServer) -> None:
        self.name = server.person
        self.server = server
        self.service = HubService(hub.service(server.token).url, Secret(server.token))

    async def document(self, **members: str) -> DocumentId:
        """Share an unborn document with others, by their roles."""
        room = await self.service.create_room("Capulet's orchard")
        for hub_user, role in members.items():
            await self.service.set_member(room["id"], hub_user, role)
        info = await self.service.create_document(room["id"], "balcony.md", "file", "text")
        return info.id


@asynccontextmanager
async def acting(hub: Hub, *names: str) -> AsyncIterator[list[Actor]]:
    """These people with a server each, for the length of the block."""
    actors: list[Actor] = []
    try:
        servers = await asyncio.gather(*(hub.start_server(name) for name in names))
        actors += [Actor(hub, server) for server in servers]
        yield actors
    finally:
        for actor in actors:
            actor.service.close()
        for name in await hub.people_with_servers() & set(names):
            await hub.stop_server(name)


class Seat:
    """A place in a document room, with a replica whose edits go out one stanza each."""

    def __init__(self, actor: Actor, document: DocumentId, stream: Stream) -> None:
        self.actor = actor
        self.document = document
        self.stream = stream
        self.replica = new_replica_id()
        self.sequence = 0
        self.doc: pycrdt.Doc[Any] = pycrdt.Doc()
        self.text = self.doc.get("source", type=pycrdt.Text)
        self.place: Place | None = None
        self.refusals: list[str] = []
        self._heard: list[Payload] = []
        self._news = asyncio.Event()
        stream.register_handler(
            Callback(
                f"receipts {self.replica}",
                MatchXPath("{jabber:client}message"),
                self._on_direct,
            )
        )

    def write(self, words: str) -> UpdateStanza:
        """Insert `words` at the end and send what that changed."""
        before = self.doc.get_state()
        self.text += words
        return self.send(self.doc.get_update(before))

    def send(self, update: bytes) -> UpdateStanza:
        """Send any bytes as the next update."""
        self.sequence += 1
        stanza = UpdateStanza(self.replica, self.sequence, update)
        self.say(stanza)
        return stanza

    def say(self, stanza: UpdateStanza | Chunk) -> None:
        """Send any stanza, whatever its number."""
        assert self.place is not None
        self.place.send(stanza.id, to_xml(stanza))

    async def sync(self) -> None:
        """Exchange everything with the service."""
        ask = SyncMessage(self.replica, self.doc.get_state(), EMPTY_UPDATE)
        answer = await self.actor.service.sync(self.document, ask)
        self.doc.apply_update(answer.update)
        mine = self.doc.get_update(answer.state_vector)
        if mine != EMPTY_UPDATE:
            give = SyncMessage(self.replica, self.doc.get_state(), mine)
            await self.actor.service.sync(self.document, give)

    async def hears(self, kind: type[Kind], like: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """The first payload of this kind that is `like` that, heard since the last one asked for."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for index, payload in enumerate(self._heard):
                    if isinstance(payload, kind) and like(payload):
                        del self._heard[: index + 1]
                        return payload
                self._news.clear()
                await self._news.wait()

    async def service_is_here(self) -> None:
        """Return once the service has a place, too: what is said before, it only hears of by a sync."""
        async with asyncio.timeout(PATIENCE):
            while self.place is None or NICK not in self.place.occupants:
                self._news.clear()
                await self._news.wait()

    def on_message(self, message: RoomMessage) -> None:
        self._hear(message.payloads, message.nick, message.id)

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        self._news.set()

    def on_left(self, occupant: Occupant) -> None:
        """The place keeps who is here."""

    def on_refused(self, message_id: str, condition: str) -> None:
        self.refusals.append(condition)
        self._news.set()

    def _on_direct(self, stanza: StanzaBase) -> None:
        if stanza.xml.get("type") == "headline":
            self._hear(tuple(stanza.xml))

    def _hear(self, children: tuple[ET.Element, ...], nick: str = "", said: str = "") -> None:
        payload = read_payload(children, nick, said)
        if payload is not None:
            self._heard.append(payload)
            self._news.set()


@asynccontextmanager
async def connected(actor: Actor, resource: str | None = None) -> AsyncIterator[Stream]:
    """Log in with a credential that the service has just given, instead of the Jupyter server or beside it.

    Beside it, nobody has lent this place to us: the service must not look for such too often (`reconcile_seconds`).
    """
    login = (await actor.service.credential()).login
    if resource is not None:
        login = replace(login, jid=JID(f"{login.jid.bare}/{resource}"))
    async with logged_in(login) as stream:
        yield stream


@asynccontextmanager
async def seated(
    actor: Actor, document: DocumentId, stream: Stream | None = None
) -> AsyncIterator[Seat]:
    """Sit in the document's room."""
    if stream is None:
        async with connected(actor) as own, seated(actor, document, own) as seat:
            yield seat
        return
    admission = await actor.service.admission(document)
    seat = Seat(actor, document, stream)
    async with stream.rooms.occupancy(
        admission.jid, seat.replica, seat, password=str(admission.password)
    ) as seat.place:
        yield seat
