"""Somebody who speaks XMPP by hand with their server's token, and whoever stole the component's secret."""

from __future__ import annotations

import asyncio
import json
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from jupyter_ydoc import YNotebook
from pycrdt import Doc
from slixmpp import JID
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from tests.e2e.company import Company
from tests.e2e.servers import DOMAIN
from xmpp_bridge.documents.service import Admission
from xmpp_bridge.documents.stanza import UpdateStanza, new_replica_id, to_xml
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.update import EMPTY_STATE_VECTOR, EMPTY_UPDATE
from xmpp_bridge.ejabberd.secrets import load_secrets
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.xmpp.component import ComponentLogin, ComponentStream, attached
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage, read_condition
from xmpp_bridge.xmpp.stream import Login, Secret, logged_in

PATIENCE = 60.0


class Forger:
    """A seat in a document room, under the person's own JID, from which anything may be sent."""

    def __init__(self, service: HubService, admission: Admission) -> None:
        self.admission = admission
        self._refusals: asyncio.Queue[str] = asyncio.Queue()
        self.replica = new_replica_id()
        self.sequence = 0
        self.place: Place | None = None
        self._service = service

    async def kept(self, client_id: int | None = None) -> YNotebook:
        """The notebook as the service has it, for somebody who goes on typing under `client_id`."""
        ask = SyncMessage(new_replica_id(), EMPTY_STATE_VECTOR, EMPTY_UPDATE)
        answer = await self._service.sync(self.admission.info.id, ask)
        doc: Doc[Any] = Doc() if client_id is None else Doc(client_id=client_id)
        doc.apply_update(answer.update)
        return YNotebook(doc)

    def send(self, update: bytes) -> None:
        """Send an update, right but for its author."""
        self.sequence += 1
        self.say(to_xml(UpdateStanza(self.replica, self.sequence, update)), said=str(self.sequence))

    def say(self, *payloads: ET.Element, said: str = "1") -> None:
        """Send anything, in a message of any id."""
        assert self.place is not None
        self.place.send(said, *payloads)

    async def refusal(self) -> str:
        """The next error that ejabberd answers with."""
        return await asyncio.wait_for(self._refusals.get(), PATIENCE)

    def on_message(self, message: RoomMessage) -> None:
        """What others write is of no interest."""

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        """The place keeps who is here."""

    def on_left(self, occupant: Occupant) -> None:
        """The place keeps who is here."""

    def on_refused(self, message_id: str, condition: str) -> None:
        self._refusals.put_nowait(condition)


@asynccontextmanager
async def forging(company: Company, document: str) -> AsyncIterator[Forger]:
    """Bob sits in the document's room beside his own Jupyter server, with the token which that one has."""
    token = company.servers["bob"].token
    service = HubService(company.hub.service(token).url, Secret(token))
    try:
        login = (await service.credential()).login
        beside = JID(f"{login.jid.bare}/by-hand")  # else his server would be logged out
        admission = await service.admission(DocumentId(document))
        forger = Forger(service, admission)
        by_hand = Login(beside, login.password, login.host, login.port, login.authorities)
        async with (
            logged_in(by_hand) as stream,
            stream.rooms.occupancy(
                admission.jid, forger.replica, forger, password=str(admission.password)
            ) as forger.place,
        ):
            yield forger
    finally:
        service.close()


class Rogue:
    """A second connection of the component, no longer than needed: it takes stanzas away from the service."""

    def __init__(self, stream: ComponentStream) -> None:
        self._stream = stream
        self._refusals: asyncio.Queue[str] = asyncio.Queue()
        stream.register_handler(
            Callback("errors", MatchXPath(f"{{{stream.default_ns}}}message"), self._on_message)
        )

    def say(self, sender: str, room: JID, payload: ET.Element, times: int) -> None:
        """Send a groupchat message as any `localpart` or `localpart/resource` of the component."""
        localpart, slash, resource = sender.partition("/")
        jid = JID(f"{localpart}@{self._stream.boundjid.domain}{slash}{resource}")
        for _ in range(times):
            self._stream.rooms.send_groupchat(room, "1", (payload,), sender=jid)

    async def refusal(self) -> str:
        """The next error that ejabberd answers with."""
        return await asyncio.wait_for(self._refusals.get(), PATIENCE)

    def _on_message(self, stanza: StanzaBase) -> None:
        if stanza.xml.get("type") == "error":
            self._refusals.put_nowait(read_condition(stanza.xml))


@asynccontextmanager
async def rogue_component(company: Company) -> AsyncIterator[Rogue]:
    """Connect with the secret of the test's own ejabberd."""
    settings = EjabberdSettings(DOMAIN, company.hub.state / "ejabberd")
    port = json.loads(settings.files.ports.read_text())["component"]
    login = ComponentLogin(
        JID(f"rogue@{settings.component}/x"),
        DOMAIN,
        load_secrets(settings).component,
        settings.interface,
        port,
    )
    async with attached(login) as stream:
        yield Rogue(stream)
