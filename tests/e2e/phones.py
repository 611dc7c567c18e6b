"""People's own clients beside their Jupyter servers on the stage: app passwords, logins, and a flood."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slixmpp import JID

from demo.rest import Rest
from tests.e2e.stage import PATIENCE, Stage
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS, access
from xmpp_bridge.xmpp.muc import Occupant, RoomMessage
from xmpp_bridge.xmpp.stream import Login, Secret, Stream, logged_in

TICK = 0.01
MOST_BUFFERED = 1_000_000


@dataclass(frozen=True)
class Key:
    """An app password, and where its owner logs in with it."""

    id: int
    password: str
    login: dict[str, Any]
    authorities: str

    def as_client(self, resource: str, password: str | None = None) -> Login:
        jid = JID(f"{self.login['jid']}/{resource}")
        secret = Secret(self.password if password is None else password)
        return Login(jid, secret, self.login["host"], self.login["port"], self.authorities)


async def page_of(stage: Stage, name: str) -> Rest:
    """The service as somebody's browser reaches it."""
    scopes = [access("xmpp-bridge"), APP_PASSWORDS]
    body = {"expires_in": 3600, "scopes": scopes}
    granted = await stage.stack.hub.call("POST", f"users/{name}/tokens", body)
    return Rest(stage.stack.service.url, granted["token"])


async def key_of(stage: Stage, name: str, label: str = "Phone") -> Key:
    """A new app password. It stays: revoking it would end its owner's Jupyter server's session, too."""
    return await made_key(await page_of(stage, name), stage.stack.settings.directory, label)


async def made_key(page: Rest, state: Path, label: str = "Phone") -> Key:
    """A new app password of whose page this is; `state` is somewhere above ejabberd's folder."""
    made = await page.call("POST", "api/app-passwords", {"label": label})
    return Key(made["id"], made["password"], made["login"], _authorities(state))


def _authorities(state: Path) -> str:
    (ca,) = state.rglob("etc/ca.pem")
    return ca.read_text()


@asynccontextmanager
async def phone(stage: Stage, name: str, resource: str = "phone") -> AsyncIterator[Stream]:
    """Somebody's own client, logged in."""
    key = await key_of(stage, name)
    async with logged_in(key.as_client(resource)) as stream:
        yield stream


def room_jid(stream: Stream, room: str) -> JID:
    """Where clients find the room's chat."""
    return JID(f"{room}@rooms.{stream.boundjid.domain}")


class Ears:
    """What a client of somebody hears in a room."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        """Nicks and bodies."""
        self._news = asyncio.Event()

    async def hears(self, like: Callable[[str, str], bool]) -> str:
        """The body of the first message that is `like` that, heard already or to come."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for nick, body in self.heard:
                    if like(nick, body):
                        return body
                self._news.clear()
                await self._news.wait()

    def on_message(self, message: RoomMessage) -> None:
        for payload in message.payloads:
            if payload.tag == "{jabber:client}body":
                self.heard.append((message.nick, payload.text or ""))
        self._news.set()

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None: ...
    def on_left(self, occupant: Occupant) -> None: ...
    def on_refused(self, message_id: str, condition: str) -> None: ...


@asynccontextmanager
async def listening(stream: Stream, room: JID, nick: str) -> AsyncIterator[Ears]:
    """Be in a room's chat with a client."""
    ears = Ears()
    async with stream.rooms.occupancy(room, nick, ears):
        yield ears


async def flood(stream: Stream, stanza: bytes, *, rate: int, seconds: float) -> int:
    """Write as fast as `rate` and the server let us, and vanish; return how many were handed to the network.

    Whoever is put out before that has nothing more to say.
    """
    transport: Any = stream.transport
    began, written = time.monotonic(), 0
    while (elapsed := time.monotonic() - began) < seconds and not stream.ended.done():
        due = int(elapsed * rate) - written
        if due and transport.get_write_buffer_size() < MOST_BUFFERED:
            transport.write(stanza * due)
            written += due
        await asyncio.sleep(TICK)
    await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
    # What is still on its way is dropped: a connection that is closed in order would be read to its end.
    linger = struct.pack("ii", 1, 0)
    if not transport.is_closing():
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    return written
