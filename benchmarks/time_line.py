"""How long somebody waits for the time line of a notebook that two people wrote all day, and how long others do."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pycrdt

from benchmarks.growth import DAY, MORNING, TOGETHER
from xmpp_bridge.accounts.store import AccountStore, HubUser
from xmpp_bridge.documents.entry import Entry
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.moments import Grain
from xmpp_bridge.documents.time_line import TimeLine
from xmpp_bridge.documents.update import read_update
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.engine import create_engine
from xmpp_bridge.storage.migrate import upgrade

CELLS = 40
LONGEST = 3.0
"""Seconds for one answer."""
LONGEST_BLOCK = 0.1
"""Seconds for which nobody else is answered."""
BEAT = 0.002


@dataclass(frozen=True)
class Timing:
    """One question: until its answer, and the longest time for which the event loop did nothing else."""

    name: str
    seconds: float
    blocked: float


async def measure(directory: Path, edits: int) -> tuple[int, list[Timing]]:
    """Write for a day; return how many moments it has, and how long each question takes."""
    url = f"sqlite:///{directory / 'bridge.sqlite'}"
    await upgrade(url)
    engine = create_engine(url)
    try:
        history, line = History(engine), TimeLine(engine)
        document, people = await _document(RoomStore(engine, lambda: MORNING), engine)
        entries: list[Entry] = []
        for number, (who, update) in enumerate(_day(edits)):
            at = MORNING + DAY * (number / edits)
            structs = read_update(update).structs
            entries.append(Entry(document, people[who], "f00d", number, update, structs, at))
            if len(entries) == TOGETHER:
                await history.append(entries)
                entries = []
                await history.compact()
        await history.append(entries)
        moments = await line.moments(document, Grain.COARSE)
        middle, last = moments[len(moments) // 2], moments[-1]
        questions: dict[str, Callable[[], Awaitable[Any]]] = {
            "the list": lambda: line.moments(document, Grain.COARSE),
            "as it was at noon": lambda: line.state_at(document, middle.through_id),
            "as it is": lambda: line.state_at(document, last.through_id),
            "one of two taken back": lambda: line.reversal(
                document, middle.after_id, middle.through_id, people[0]
            ),
            "the last moment taken back": lambda: line.reversal(
                document, last.after_id, last.through_id, None
            ),
        }
        return len(moments), [await _timed(name, ask) for name, ask in questions.items()]
    finally:
        await engine.dispose()


def table(timings: list[Timing]) -> str:
    rows = [f"| {each.name} | {each.seconds:.2f} | {each.blocked * 1000:.0f} |" for each in timings]
    return "\n".join(["| | s | others wait ms |", "|---|--:|--:|", *rows])


def verdict(moments: int, timings: list[Timing]) -> tuple[str, bool]:
    slowest, blocked = max(t.seconds for t in timings), max(t.blocked for t in timings)
    line = (
        f"{moments} moments; slowest answer {slowest:.2f} s (at most {LONGEST});"
        f" others wait {blocked * 1000:.0f} ms (at most {LONGEST_BLOCK * 1000:.0f})"
    )
    return line, slowest <= LONGEST and blocked <= LONGEST_BLOCK


async def _timed(name: str, ask: Callable[[], Awaitable[Any]]) -> Timing:
    worst = 0.0

    async def beat() -> None:
        nonlocal worst
        while True:
            before = time.perf_counter()
            await asyncio.sleep(BEAT)
            worst = max(worst, time.perf_counter() - before - BEAT)

    beating = asyncio.create_task(beat())
    began = time.perf_counter()
    await ask()
    taken = time.perf_counter() - began
    beating.cancel()
    return Timing(name, taken, worst)


def _day(edits: int) -> Iterator[tuple[int, bytes]]:
    """Two people in one notebook, each in a cell for a while, and sometimes in the same one."""
    random = Random(1597)
    docs: list[pycrdt.Doc[Any]] = [pycrdt.Doc(client_id=number + 1) for number in range(2)]
    made: list[bytes] = []
    watched = [doc.observe(lambda event: made.append(event.update)) for doc in docs]
    docs[0].get("cells", type=pycrdt.Array).extend(_cell(number) for number in range(CELLS))
    docs[1].apply_update(made[0])
    yield 0, made[0]
    places = [0, 1]
    for _ in range(edits - 1):
        who = random.randrange(2)
        if random.random() < 0.01:
            places[who] = random.randrange(CELLS)
        source = docs[who].get("cells", type=pycrdt.Array)[places[who]]["source"]
        length = len(str(source))
        made.clear()
        if length and random.random() < 0.1:
            del source[length - 1 : length]
        else:
            source.insert(length, random.choice("abcdefgh \n"))
        update = made[0]
        docs[1 - who].apply_update(update)
        yield who, update
    for doc, subscription in zip(docs, watched, strict=True):
        doc.unobserve(subscription)


def _cell(number: int) -> pycrdt.Map[Any]:
    parts = {"source": pycrdt.Text(""), "metadata": pycrdt.Map({}), "outputs": pycrdt.Array([])}
    return pycrdt.Map({"id": f"cell-{number}", "cell_type": "code", **parts})


async def _document(rooms: RoomStore, engine: Any) -> tuple[DocumentId, list[int]]:
    async def nobody_is_renamed(_name: str, _created: Any) -> bool:
        return True

    accounts = AccountStore(engine, nobody_is_renamed)
    people = [
        (await accounts.ensure(HubUser(name, MORNING + timedelta(seconds=number), name))).id
        for number, name in enumerate(("romeo", "juliet"))
    ]
    room = await rooms.create_room("Orchard", people[0])
    document = await rooms.add_document(
        room.id, "day.ipynb", DocumentType.NOTEBOOK, DocumentFormat.JSON, people[0]
    )
    return document.id, people
