"""What an edit costs the service when everybody edits a document of their own, beside the same in one document."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pycrdt
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account, AccountStore, HubUser
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.stanza import ReplicaId
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.recorder import Recorder
from xmpp_bridge.hub_service.submission import Given, Outcome
from xmpp_bridge.hub_service.writers import Writers
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.engine import create_engine
from xmpp_bridge.storage.migrate import upgrade

FACTOR = 2.0
"""How much more an edit may cost where all who share a commit edit something else."""
GROUP = 25
"""Edits that share a commit: a thousand a second on the whole hub."""
PEOPLE = (1, GROUP, 250)
DOMAIN = "hub.localhost"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Typist:
    """Somebody who writes one letter after another into a document of their own."""

    def __init__(self, document: DocumentId, account: Account) -> None:
        self._document = document
        self._account = account
        self._doc: pycrdt.Doc[Any] = pycrdt.Doc()
        self._text = self._doc.get("source", type=pycrdt.Text)

    def types(self) -> Given:
        before = self._doc.get_state()
        self._text += "x"
        update = self._doc.get_update(before)
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        replica = ReplicaId("0123456789abcdef")
        return Given(self._document, self._account, replica, update, BEGAN, kept)


async def compare(directory: Path, edits: int, runs: int) -> dict[int, list[float]]:
    """Seconds of the processor for so many edits, by how many people there are; by turns."""
    taken: dict[int, list[float]] = {people: [] for people in PEOPLE}
    for number in range(runs):
        for people in PEOPLE:
            taken[people].append(await _run(directory / f"{number}-{people}.sqlite", people, edits))
    return taken


def verdict(taken: dict[int, list[float]], edits: int) -> tuple[str, bool]:
    """The quickest run of each: whatever else the machine does makes them only slower."""
    alone = min(taken[1])
    said = [f"{min(each) / edits * 1e6:.0f} µs with {people}" for people, each in taken.items()]
    worst = max(min(each) / alone for each in taken.values())
    line = f"an edit takes {', '.join(said)} people in as many documents: {worst:.2f} x at most"
    return f"{line} (at most {FACTOR})", worst <= FACTOR


async def _run(path: Path, people: int, edits: int) -> float:
    async with _hub(path, people) as (engine, rooms, typists), keeping(engine, rooms) as keep:
        turns = cycle(typists)

        async def type_(count: int) -> None:
            for _ in range(0, count, GROUP):
                await keep([typist.types() for typist in islice(turns, GROUP)])

        await type_(max(people, GROUP))  # every document has begun
        began = time.process_time()
        await type_(edits)
        return time.process_time() - began


@asynccontextmanager
async def keeping(
    engine: AsyncEngine, rooms: RoomStore
) -> AsyncIterator[Callable[[Sequence[Given]], Awaitable[None]]]:
    """Yield what has a group of edits kept as the service does: checked, integrated, in one commit."""
    reported = asyncio.Event()
    left = 0

    def report(outcomes: Sequence[Outcome]) -> None:
        nonlocal left
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        left -= len(outcomes)
        reported.set()

    writers = Writers(engine, DOMAIN)
    recorder = Recorder(History(engine), rooms, writers, Metrics(), report, gather=0.0)

    async def keep(group: Sequence[Given]) -> None:
        nonlocal left
        left = len(group)
        for each in group:
            recorder.put(each)
        while left and not recording.done():
            await reported.wait()
            reported.clear()

    recording = asyncio.create_task(recorder.run())
    try:
        yield keep
    finally:
        recording.cancel()
        with suppress(asyncio.CancelledError):
            await recording


@asynccontextmanager
async def _hub(
    path: Path, people: int
) -> AsyncIterator[tuple[AsyncEngine, RoomStore, list[Typist]]]:
    """A database of its own, and each person in a room of their own with one document."""

    async def nobody_is_renamed(_name: str, _created: datetime) -> bool:
        return True

    await upgrade(f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    try:
        accounts, rooms = AccountStore(engine, nobody_is_renamed), RoomStore(engine, lambda: BEGAN)
        typists = []
        for number in range(people):
            account = await accounts.ensure(HubUser(f"person-{number}", BEGAN, f"P. {number}"))
            room = await rooms.create_room("Orchard", account.id)
            document = await rooms.add_document(
                room.id, "day.md", DocumentType.FILE, DocumentFormat.TEXT, account.id
            )
            typists.append(Typist(document.id, account))
        yield engine, rooms, typists
    finally:
        await engine.dispose()
