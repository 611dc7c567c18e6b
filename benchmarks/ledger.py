"""What the record costs: the same edits and messages with it and without it, side by side."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from slixmpp import JID
from slixmpp.xmlstream.stanzabase import StanzaBase
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.commits import Typist, keeping
from xmpp_bridge.accounts.store import Account, AccountStore, HubUser
from xmpp_bridge.archive.collector import Collector
from xmpp_bridge.archive.store import ArchiveStore
from xmpp_bridge.audit.recording import unrecorded
from xmpp_bridge.audit.sequencer import Sequencer
from xmpp_bridge.chat.stanza import STANZA_IDS
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.room import Document, DocumentFormat, DocumentType
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.engine import create_engine
from xmpp_bridge.storage.migrate import upgrade
from xmpp_bridge.xmpp.component import ComponentLogin, ComponentStream
from xmpp_bridge.xmpp.muc import RoomMessage
from xmpp_bridge.xmpp.stream import Secret

FACTOR = 1.3
"""What the record may cost."""
DOMAIN = "hub.localhost"
MUC = f"rooms.{DOMAIN}"
COMPONENT, STREAM = "jabber:component:accept", "http://etherx.jabber.org/streams"
GROUP = 25
"""Edits, or messages, that share a commit: a thousand a second."""
DOCUMENTS = 5
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SEQUENCE_EVERY = 1.0
FIRST_STANZA = 1_700_000_000_000_000


class Taken(NamedTuple):
    """Seconds on the clock, with what else the machine did in them, and of the processor."""

    clock: float
    processor: float


@dataclass
class Costs:
    """What each run took, with the record and without."""

    recorded: list[Taken] = field(default_factory=list)
    bare: list[Taken] = field(default_factory=list)

    def ratio(self, of: Callable[[Taken], float]) -> float:
        """Of the quickest runs: whatever else the machine does makes them only slower."""
        return min(map(of, self.recorded)) / min(map(of, self.bare))


@dataclass
class Place:
    """A database of its own, one person, a room, and documents in it."""

    engine: AsyncEngine
    accounts: AccountStore
    rooms: RoomStore
    romeo: Account
    room: RoomId
    documents: list[Document]


async def compare(directory: Path, edits: int, runs: int) -> dict[str, Costs]:
    """The same load again and again, by turns with and without the record."""
    costs = {"edit": Costs(), "message": Costs()}
    for number in range(runs):
        for recorded in (True, False) if number % 2 else (False, True):
            for kind, load in (("edit", _edit), ("message", _say)):
                path = directory / f"{kind}-{number}-{recorded}.sqlite"
                took = await _run(path, load, edits, recorded=recorded)
                taken = costs[kind].recorded if recorded else costs[kind].bare
                taken.append(took)
    return costs


def judged(costs: dict[str, Costs], count: int) -> list[tuple[bool, str]]:
    """What each costs beside the same without a record, and whether that is little enough."""

    def micros(taken: list[Taken]) -> float:
        return min(each.clock for each in taken) / count * 1e6

    def judge(kind: str, each: Costs) -> tuple[bool, str]:
        clock, processor = each.ratio(lambda of: of.clock), each.ratio(lambda of: of.processor)
        told = f"{micros(each.recorded):.0f} µs instead of {micros(each.bare):.0f}"
        line = f"cost of a recorded {kind}: {clock:.2f} times ({told}), {processor:.2f} of the"
        return max(clock, processor) <= FACTOR, f"{line} processor (at most {FACTOR})"

    return [judge(kind, each) for kind, each in costs.items()]


async def _run(
    path: Path, load: Callable[[Place, int], Any], count: int, *, recorded: bool
) -> Taken:
    async with _place(path, recorded=recorded) as place:
        sequencer, ended = Sequencer(place.engine), asyncio.Event()
        began, worked = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as tasks:
            if recorded:
                tasks.create_task(_sequence(sequencer, ended))
            await load(place, count)
            ended.set()
        return Taken(time.perf_counter() - began, time.process_time() - worked)


async def _sequence(sequencer: Sequencer, ended: asyncio.Event) -> None:
    """As the service does, until all of it has its place: what is put off costs, too."""
    while not ended.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(SEQUENCE_EVERY):
                await ended.wait()
        await sequencer.sequence_all()


@asynccontextmanager
async def _place(path: Path, *, recorded: bool) -> AsyncIterator[Place]:
    await upgrade(f"sqlite:///{path}")
    opened = create_engine(f"sqlite:///{path}")
    engine = opened if recorded else unrecorded(opened)
    try:
        accounts, rooms = AccountStore(engine, _still_there), RoomStore(engine, lambda: BEGAN)
        romeo = await accounts.ensure(HubUser("romeo", BEGAN, "Romeo"))
        room = (await rooms.create_room("Orchard", romeo.id)).id
        documents = [
            await rooms.add_document(
                room, f"{number}.md", DocumentType.FILE, DocumentFormat.TEXT, romeo.id
            )
            for number in range(DOCUMENTS)
        ]
        yield Place(engine, accounts, rooms, romeo, room, documents)
    finally:
        await opened.dispose()


async def _still_there(_name: str, _created: datetime) -> bool:
    return True


async def _edit(place: Place, count: int) -> None:
    """Keystrokes as the service keeps them."""
    typists = [Typist(each.id, place.romeo) for each in place.documents]
    async with keeping(place.engine, place.rooms) as keep:
        for start in range(0, count, GROUP):
            numbers = range(start, start + GROUP)
            await keep([typists[number % DOCUMENTS].types() for number in numbers])


async def _say(place: Place, count: int) -> None:
    """What a room says, from the bytes that reach the service until it is archived."""
    archive, ear = ArchiveStore(place.engine), _Ear()
    jid = f"{place.room}@{MUC}"

    async def account_of(_jid: str) -> int:
        return place.romeo.id

    collector = Collector(place.room, jid, MUC, account_of)
    for start in range(0, count, GROUP):
        heard = ear.hears(_stanza(jid, number) for number in range(start, start + GROUP))
        entries = [
            await collector.live(f"romeo@{DOMAIN}", message.id, message.payloads, COMPONENT)
            for message in heard
        ]
        await archive.append([entry for entry in entries if entry is not None])


class _Ear:
    """The service's stream without a connection: reads what comes as it does."""

    def __init__(self) -> None:
        login = ComponentLogin(JID(f"xmpp-bridge@{DOMAIN}/service"), DOMAIN, Secret(""), "", 0)
        self._stream = ComponentStream(login)
        self._heard: list[RoomMessage] = []
        self._stream.add_filter("in", self._take)
        self._stream.init_parser()
        self._read(f"<stream:stream xmlns='{COMPONENT}' xmlns:stream='{STREAM}'>")

    def hears(self, stanzas: Iterable[str]) -> list[RoomMessage]:
        self._heard = []
        self._read("".join(stanzas))
        return self._heard

    def _read(self, text: str) -> None:
        self._stream.data_received(text.encode())

    def _take(self, stanza: StanzaBase) -> None:
        nick = stanza.xml.get("from", "").partition("/")[2]
        self._heard.append(RoomMessage(nick, stanza.xml.get("id", ""), tuple(stanza.xml)))


def _stanza(room: str, number: int) -> str:
    """As ejabberd reflects it to a component."""
    body = f"line {number} of what is said about a cell in the notebook"
    return (
        f'<message xmlns="{COMPONENT}" type="groupchat" from="{room}/romeo" id="line-{number}">'
        f'<body>{body}</body><origin-id xmlns="{STANZA_IDS}" id="line-{number}"/>'
        f'<stanza-id xmlns="{STANZA_IDS}" by="{room}" id="{FIRST_STANZA + number}"/></message>'
    )
