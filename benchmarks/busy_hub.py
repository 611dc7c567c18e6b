"""Many people type at once, each in a document of their own: when it is durable, and what that takes of the machine."""

import argparse
import asyncio
import random
import re
import selectors
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pycrdt

from benchmarks.document_room import credential, ejabberd_below
from benchmarks.muc_socket import MucRoom, MucSocket
from benchmarks.process import cpu_seconds
from benchmarks.report import Summary, summarise
from demo import stack
from xmpp_bridge.documents.stanza import ReplicaId, UpdateStanza, to_xml
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.ejabberd.instance import Ejabberd
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.xmpp.serialise import serialise
from xmpp_bridge.xmpp.stream import Secret

SIZES = (10, 40, 100)
RATE, SECONDS = 4.0, 15.0
"""Edits of each person a second, and for how long."""
GRACE_SECONDS = 30.0
FACTOR = 3.0
"""How much later an edit may be durable, at the median, among all than among the fewest."""
DOMAIN = "hub.localhost"
RESOURCE = "jupyter-benchmark"
DOCUMENTS_OF_ROOM = 10
STANZA = "<message type='groupchat' to='{room}' id='{id}'>{payload}</message>"
MESSAGE = re.compile(rb"<message .*?</message>", re.DOTALL)
REFLECTED = re.compile(rb"<message (?=[^>]*\btype='groupchat')[^>]*\bid='([0-9]+)'")
DURABLE = re.compile(rb"<durable [^>]*\bseq='([0-9]+)'")


@dataclass(frozen=True)
class Desk:
    """A document with an empty history but for its first line, and where it is edited."""

    room: MucRoom
    state: bytes


@dataclass(frozen=True)
class Busy:
    """What so many people felt, and what an edit took of the processor in milliseconds."""

    reflected: Summary
    durable: Summary
    refused: int
    service_cpu: float
    ejabberd_cpu: float


class Typist:
    """One person's replica without a Jupyter server."""

    def __init__(self, number: int, desk: Desk, token: str) -> None:
        self._replica = ReplicaId(f"replica-{number}")
        self._room = desk.room
        self.socket = MucSocket(desk.room, _name(number), token, RESOURCE, self._replica)
        self._doc: pycrdt.Doc[Any] = pycrdt.Doc()
        self._doc.apply_update(desk.state)
        self._text = self._doc.get("source", type=pycrdt.Text)
        self._sent: list[float] = []
        self._rest = b""
        self.begin()

    def begin(self) -> None:
        """Measure from here on; all that was typed is durable."""
        self._first = len(self._sent)
        self.reflected: dict[int, float] = {}
        self.durable: dict[int, float] = {}
        self.refused = 0

    @property
    def waiting(self) -> int:
        """Edits which are not durable."""
        return len(self._sent) - self._first - len(self.durable)

    def type(self) -> None:
        before = self._doc.get_state()
        self._text += "x"
        number = len(self._sent) + 1
        stanza = UpdateStanza(self._replica, number, self._doc.get_update(before))
        payload = serialise(to_xml(stanza), "jabber:client")
        text = STANZA.format(room=self._room.jid, id=number, payload=payload)
        self._sent.append(time.perf_counter())
        self.socket.send(text.encode())

    def hear(self) -> None:
        """Whatever has come."""
        now = time.perf_counter()
        self._rest += self.socket.poll()
        end = 0
        for message in MESSAGE.finditer(self._rest):
            end = message.end()
            if reflected := REFLECTED.match(message[0]):
                number = int(reflected[1])
                self.reflected[number] = now - self._sent[number - 1]
            elif durable := DURABLE.search(message[0]):
                for number in range(self._first + len(self.durable) + 1, int(durable[1]) + 1):
                    self.durable[number] = now - self._sent[number - 1]
            elif b"<refused " in message[0]:
                self.refused += 1
        self._rest = self._rest[end:]


async def main(options: argparse.Namespace) -> bool:
    """Measure, print the table and the verdict, and return whether it is good enough."""
    sizes = options.people or SIZES
    found: dict[int, Busy] = {}
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        async with _hub(Path(directory), max(sizes)) as (hub, ejabberd, desks):
            typists: list[Typist] = []
            pids = await hub.service_pid(), hub.ejabberd_pid()
            print("| people | edits/s | back in the room ms: p50 | p99 | durable ms: p50 | p99 |"
                  " service CPU ms | ejabberd's |")  # fmt: skip
            print(f"|{'--:|' * 8}")
            for size in sizes:
                for number in range(len(typists), size):
                    token = credential(ejabberd, _name(number), RESOURCE)
                    typists.append(Typist(number, desks[number], token))
                found[size] = busy = await asyncio.to_thread(_play, typists, options.seed, pids)
                print(_row(size, busy), flush=True)
    line, good = verdict(found)
    print(f"\n{line}")
    return good


def verdict(found: dict[int, Busy]) -> tuple[str, bool]:
    """Whether everything became durable, and about as soon among many as among few."""
    few, many = found[min(found)], found[max(found)]
    factor = many.durable.median / few.durable.median
    lost = sum(each.durable.lost + each.reflected.lost for each in found.values())
    refused = sum(each.refused for each in found.values())
    line = (
        f"durable after {few.durable.median:.0f} ms among {min(found)} people and"
        f" {many.durable.median:.0f} ms among {max(found)}: {factor:.2f} x (at most {FACTOR});"
        f" lost {lost}, refused {refused}"
    )
    return line, factor <= FACTOR and not lost and not refused


def _play(typists: Sequence[Typist], seed: int, pids: tuple[int, int]) -> Busy:
    """Let all of them type at random moments (a Poisson process), and wait until all of it is durable."""
    chance = random.Random(seed)
    before = [cpu_seconds(pid) for pid in pids]
    count = 0
    with selectors.DefaultSelector() as selector:
        for typist in typists:
            typist.begin()
            selector.register(typist.socket, selectors.EVENT_READ, typist)
        due = began = time.perf_counter()
        while (now := time.perf_counter()) < began + SECONDS:
            while due <= now:
                chance.choice(typists).type()
                count += 1
                due += chance.expovariate(RATE * len(typists))
            _listen(selector, due - time.perf_counter())
        deadline = time.perf_counter() + GRACE_SECONDS
        while any(each.waiting for each in typists) and time.perf_counter() < deadline:
            _listen(selector, 0.1)
    service, ejabberd = (
        1000 * (cpu_seconds(pid) - taken) / count for pid, taken in zip(pids, before, strict=True)
    )
    return Busy(
        _summary((each.reflected for each in typists), count),
        _summary((each.durable for each in typists), count),
        sum(each.refused for each in typists),
        service,
        ejabberd,
    )


def _listen(selector: selectors.BaseSelector, seconds: float) -> None:
    for key, _ in selector.select(max(0.0, seconds)):
        key.data.hear()


def _summary(times: Iterable[dict[int, float]], count: int) -> Summary:
    arrived: list[float | None] = [1000 * each for some in times for each in some.values()]
    return summarise(arrived + [None] * (count - len(arrived)))


def _row(size: int, busy: Busy) -> str:
    """In Markdown."""
    times = (busy.reflected.median, busy.reflected.p99, busy.durable.median, busy.durable.p99)
    figures = " | ".join(f"{each:.1f}" for each in times)
    cpu = f"{busy.service_cpu:.2f} | {busy.ejabberd_cpu:.2f}"
    return f"| {size} | {size * RATE:.0f} | {figures} | {cpu} |"


@asynccontextmanager
async def _hub(
    directory: Path, people: int
) -> AsyncIterator[tuple[stack.Stack, Ejabberd, list[Desk]]]:
    """A hub where alice has made a document for each of so many people, who have no servers."""
    # Nor have they leases: the sweeper would end their sessions.
    settings = stack.prepare_settings(directory, reconcile_seconds=3600)
    async with stack.running(settings) as hub:
        alice = await hub.start_server("alice")
        names = [_name(number) for number in range(people)]
        await hub.hub.call("POST", "users", {"usernames": names})
        ejabberd = ejabberd_below(directory, DOMAIN)
        service = HubService(hub.service.url, Secret(alice.token))
        try:
            desks = []
            for first in range(0, people, DOCUMENTS_OF_ROOM):
                room = RoomId((await service.create_room(f"Room {first}"))["id"])
                some = names[first : first + DOCUMENTS_OF_ROOM]
                for name in some:
                    await service.set_member(room, name, "editor")
                desks += [await _desk(service, ejabberd, room) for _ in some]
            yield hub, ejabberd, desks
        finally:
            service.close()


async def _desk(service: HubService, ejabberd: Ejabberd, room: RoomId) -> Desk:
    document = (await service.create_document(room, "day.md", "file", "text")).id
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    nothing = doc.get_state()
    doc.get("source", type=pycrdt.Text).insert(0, "# ")
    state = doc.get_update()
    await service.sync(document, SyncMessage("alice", nothing, state))
    admission = await service.admission(document)
    jid, password = str(admission.jid), str(admission.password)
    return Desk(MucRoom(ejabberd.c2s, DOMAIN, ejabberd.ca_pem, jid, password), state)


def _name(number: int) -> str:
    return f"person-{number}"
