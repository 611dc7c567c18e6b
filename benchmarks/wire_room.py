"""Carries stanzas through a document room of a real ejabberd, and counts what one receiver is sent."""

import asyncio
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from slixmpp import JID

from benchmarks.document_room import credential, make_room
from benchmarks.muc_socket import MucRoom, MucSocket
from benchmarks.wire_policies import REPLICA
from xmpp_bridge.documents.stanza import UpdateStanza, to_xml
from xmpp_bridge.ejabberd import launcher
from xmpp_bridge.ejabberd.launcher import Ejabberd
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.xmpp.muc import Occupant, Place, RoomMessage
from xmpp_bridge.xmpp.stream import Login, Secret, logged_in

DOMAIN = "montague.lit"
WRITER, READER = "romeo", "juliet"
IN_FLIGHT = 100
"""So many stanzas are on their way at most: it is their bytes that count here, not their time."""
PATIENCE = 20.0
MESSAGE = re.compile(rb"<message [^>]*\bid='([0-9a-f-]+)'.*?</message>", re.DOTALL)


class WireRoom:
    """One room; `carry` enters it anew, as a writer with our own stream and as a reader with a bare socket."""

    def __init__(self, ejabberd: Ejabberd, room: MucRoom) -> None:
        self._ejabberd = ejabberd
        self._room = room

    async def carry(self, stanzas: Sequence[UpdateStanza]) -> int:
        """Send all of them, and return the bytes of XML that the receiver's stream brought."""
        async with self._writer() as (place, reflected):
            ear = await asyncio.to_thread(self._reader)
            listening = asyncio.create_task(asyncio.to_thread(_count, ear, len(stanzas)))
            try:
                for number, stanza in enumerate(stanzas, 1):
                    place.send(stanza.id, to_xml(stanza))
                    await reflected.within(number - IN_FLIGHT)
                return await listening
            finally:
                ear.close()

    @asynccontextmanager
    async def _writer(self) -> AsyncIterator[tuple[Place, "_Reflected"]]:
        token = credential(self._ejabberd, WRITER, "jupyter")
        host, port = self._room.address
        authorities = self._room.ca.read_text()
        jid = JID(f"{WRITER}@{DOMAIN}/jupyter")
        async with logged_in(Login(jid, Secret(token), host, port, authorities)) as stream:
            heard = _Reflected()
            room, password = JID(self._room.jid), self._room.password
            async with stream.rooms.occupancy(room, REPLICA, heard, password=password) as place:
                yield place, heard

    def _reader(self) -> MucSocket:
        token = credential(self._ejabberd, READER, "jupyter")
        return MucSocket(self._room, READER, token, "jupyter")


class _Reflected:
    """Counts the writer's own stanzas."""

    def __init__(self) -> None:
        self._count = 0
        self._more = asyncio.Event()

    async def within(self, number: int) -> None:
        """Return when so many have come back."""
        async with asyncio.timeout(PATIENCE):
            while self._count < number:
                self._more.clear()
                await self._more.wait()

    def on_message(self, _message: RoomMessage) -> None:
        self._count += 1
        self._more.set()

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None: ...
    def on_left(self, occupant: Occupant) -> None: ...
    def on_refused(self, message_id: str, condition: str) -> None:
        raise ConnectionError(f"the room refuses {message_id}: {condition}")


def _count(ear: MucSocket, stanzas: int) -> int:
    """The bytes of so many messages; whatever else the stream brings is none of the document's."""
    count = size = 0
    rest = b""
    while count < stanzas:
        more = ear.receive()
        if not more:
            raise ConnectionError("the XMPP server has hung up")
        rest += more
        end = 0
        for message in MESSAGE.finditer(rest):
            count, size, end = count + 1, size + len(message[0]), message.end()
        rest = rest[end:]
    return size


@asynccontextmanager
async def wire_room(directory: Path) -> AsyncIterator[WireRoom]:
    """A room on an ejabberd of our configuration, for the length of the block."""
    async with launcher.running(EjabberdSettings(DOMAIN, directory)) as ejabberd:
        yield WireRoom(ejabberd, await make_room(ejabberd, WRITER))
