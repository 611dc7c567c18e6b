"""People's own XMPP clients in a room's chat, with nothing of ours in them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from slixmpp import JID

from demo.rest import Rest
from tests.e2e.stage import Stage
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS, access
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage
from xmpp_bridge.xmpp.stream import Login, Secret, Stream, logged_in

NODE, VERSION = "https://client.example", "1"
CAPS = ET.Element(
    "{http://jabber.org/protocol/caps}c", {"hash": "sha-1", "node": NODE, "ver": VERSION}
)


class Phone:
    """One client in one room."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.place: Place | None = None
        self.presences: dict[str, ET.Element] = {}

    def idle(self, since: datetime) -> None:
        """Say what a client says that was put down."""
        assert self.place is not None
        show = ET.Element("{jabber:client}show")
        show.text = "away"
        idle = ET.Element("{urn:xmpp:idle:1}idle", since=since.isoformat())
        self.place.announce(show, idle, CAPS)

    def on_message(self, message: RoomMessage) -> None: ...

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        self.presences[occupant.nick] = presence

    def on_left(self, occupant: Occupant) -> None:
        self.presences.pop(occupant.nick, None)

    def on_refused(self, message_id: str, condition: str) -> None: ...


@asynccontextmanager
async def phone_login(stage: Stage, name: str) -> AsyncIterator[Stream]:
    """Log in as this person with an app password."""
    scopes = [access("xmpp-bridge"), APP_PASSWORDS]
    token = await stage.stack.hub.call(
        "POST", f"users/{name}/tokens", {"expires_in": 3600, "scopes": scopes}
    )
    page = Rest(stage.stack.service.url, token["token"])
    made = await page.call("POST", "api/app-passwords", {"label": "Phone"})
    told = (await page.call("GET", "api/app-passwords"))["login"]
    ca = next(stage.stack.settings.directory.rglob("ejabberd/**/ejabberd.yml")).with_name("ca.pem")
    login = Login(
        JID(f"{told['jid']}/phone"),
        Secret(made["password"]),
        told["host"],
        told["port"],
        ca.read_text(),
    )
    async with logged_in(login) as stream:
        try:
            yield stream
        finally:  # While it is logged in: then nothing that appears later is taken for it.
            await page.call("DELETE", f"api/app-passwords/{made['id']}")


@asynccontextmanager
async def phone_in(stage: Stage, name: str, room: str) -> AsyncIterator[Phone]:
    """Sit in a room's chat with a client that says it is a phone."""
    async with phone_login(stage, name) as stream:
        await stream.plugin["xep_0030"].add_identity(
            category="client", itype="phone", name="Phone", node=f"{NODE}#{VERSION}"
        )
        phone = Phone(stream)
        where = JID(f"{room}@rooms.{stream.boundjid.domain}")
        nick = f"{name}'s phone"
        async with stream.rooms.occupancy(where, nick, phone, payloads=(CAPS,)) as phone.place:
            yield phone
