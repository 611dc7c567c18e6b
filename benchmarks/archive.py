"""How fast what is said in chats is archived and searchable, beside what ejabberd with MAM alone takes."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from benchmarks.document_room import credential, ejabberd_below
from benchmarks.muc_socket import MucRoom, MucSocket
from demo import stack
from demo.rest import Rest
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.chat.cell import CHAT
from xmpp_bridge.ejabberd.instance import Ejabberd
from xmpp_bridge.rooms.reconcile import CHAT_OPTIONS

SHARE = 0.33
"""Of ejabberd's own rate, which writes each message once; we hear it a hop later, index it, and commit it durably."""
ROOMS = 4
DOMAIN, PERSON = "hub.localhost", "alice"
STANZA_ID = re.compile(r"<stanza-id[^>]*\bid='([0-9]+)'")
THROUGH = re.compile(
    rf"<archived(?=[^>]*{CHAT})[^>]*\bid='([0-9]+)'"
)  # ejabberd has another such element
PATIENCE = 120.0
TAIL = 16_384


@dataclass
class Rates:
    """Messages per second, once per run."""

    alone: list[float] = field(default_factory=list)
    archived: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        return median(self.archived) / median(self.alone)


async def compare(directory: Path, messages: int, runs: int) -> Rates:
    """Both in turn, in one ejabberd: rooms without us, and rooms with us."""
    rates = Rates()
    async with _verona(directory) as (ejabberd, alice):
        alone = [await _room_alone(ejabberd, f"alone-{number}") for number in range(ROOMS)]
        ours = [await _room_of_ours(ejabberd, alice, number) for number in range(ROOMS)]
        token = credential(ejabberd, PERSON)
        for run in range(runs):
            rates.alone.append(await _flood(alone, token, messages, f"a{run}", _Reflected))
            rates.archived.append(await _flood(ours, token, messages, f"b{run}", _Archived))
            await _find(alice, f"b{run}-{messages - 1}")
    return rates


def verdict(rates: Rates) -> tuple[str, bool]:
    line = (
        f"archived and searchable {median(rates.archived):.0f}/s; ejabberd with MAM alone"
        f" {median(rates.alone):.0f}/s: {rates.share:.2f} of it (at least {SHARE})"
    )
    return line, rates.share >= SHARE


async def _find(alice: Rest, last: str) -> None:
    """The last message of each room, or raise RuntimeError."""
    query = urlencode({"q": f'"{last}"', "limit": 2 * ROOMS})
    hits = (await alice.call("GET", f"api/search?{query}"))["hits"]
    if len(hits) != ROOMS:
        raise RuntimeError(f"the last message of {ROOMS} rooms is found {len(hits)} times")


@asynccontextmanager
async def _verona(directory: Path) -> AsyncIterator[tuple[Ejabberd, Rest]]:
    """A hub, the ejabberd of its service, and the service as one person calls it."""
    # Whoever floods has no lease: the sweeper would end it.
    settings = stack.prepare_settings(directory, reconcile_seconds=3600)
    async with stack.running(settings) as hub:
        token = (await hub.start_server(PERSON)).token
        yield ejabberd_below(directory, DOMAIN), Rest(hub.service.url, token)


async def _room_alone(ejabberd: Ejabberd, name: str) -> MucRoom:
    """A chat as ours are, but nobody of us is in it."""
    api = EjabberdApi(ejabberd.admin_address, DOMAIN, ejabberd.admin_credential)
    await api.create_room(name, ejabberd.settings.rooms, dict(CHAT_OPTIONS))
    await api.set_affiliation(name, ejabberd.settings.rooms, f"{PERSON}@{DOMAIN}", "member")
    return MucRoom(ejabberd.c2s, DOMAIN, ejabberd.ca_pem, f"{name}@{ejabberd.settings.rooms}", "")


async def _room_of_ours(ejabberd: Ejabberd, alice: Rest, number: int) -> MucRoom:
    room = await alice.call("POST", "api/rooms", {"name": f"Orchard {number}"})
    jid = f"{room['id']}@{ejabberd.settings.rooms}"
    return MucRoom(ejabberd.c2s, DOMAIN, ejabberd.ca_pem, jid, "")


class _Reflected:
    """Hears when the room has everything."""

    def __init__(self, last: str) -> None:
        self._last = re.compile(rf"<message[^>]*\bid='{last}'.*?</message>", re.DOTALL)
        self._heard = ""
        self.stanza_id: int | None = None

    def hears(self, text: str) -> bool:
        self._heard = self._heard[-TAIL:] + text
        message = self._last.search(self._heard)
        if message is not None and (found := STANZA_ID.search(message[0])) is not None:
            self.stanza_id = int(found[1])
        return self.stanza_id is not None


class _Archived(_Reflected):
    """Hears when the service has everything."""

    def hears(self, text: str) -> bool:
        reflected = super().hears(text)
        through = [int(each) for each in THROUGH.findall(self._heard)]
        return reflected and max(through, default=0) >= (self.stanza_id or 0)


async def _flood(
    rooms: list[MucRoom], token: str, messages: int, name: str, until: type[_Reflected]
) -> float:
    """Messages per second that all rooms together took."""
    loop = asyncio.get_running_loop()
    sockets = [
        await loop.run_in_executor(None, MucSocket, room, PERSON, token, f"benchmark-{number}")
        for number, room in enumerate(rooms)
    ]
    try:
        began = time.perf_counter()
        await asyncio.gather(*(_pour(socket, messages, name, until) for socket in sockets))
        return messages * len(rooms) / (time.perf_counter() - began)
    finally:
        for socket in sockets:
            socket.close()


async def _pour(socket: MucSocket, messages: int, name: str, until: type[_Reflected]) -> None:
    def speak() -> None:
        for number in range(messages):
            socket.say(f"{name}-{number}", f"line {name}-{number} of a flood")

    def listen() -> None:
        ear = until(f"{name}-{messages - 1}")
        while not ear.hears(more := socket.receive().decode(errors="replace")):
            if not more:
                raise ConnectionError("the XMPP server has hung up")

    both: list[Awaitable[None]] = [asyncio.to_thread(speak), asyncio.to_thread(listen)]
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*both)
