"""One writer and up to 500 readers: what a keystroke takes to them, beside stock and beside the room alone."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.audiences import Audience, bare_muc, bridged, stock
from benchmarks.crowd import Crowd, Heard, crowd
from benchmarks.keystrokes import GRACE_SECONDS, MARKS, Typing, Writer, mark
from benchmarks.process import go_first
from benchmarks.report import Summary, summarise

SIZES = (10, 32, 100, 300, 500)
PROBE_EVERY = 10
"""One of so many readers tells its times, from a process that has little else to do."""
AHEAD_FROM = 32
"""Readers from which on stock is to be slower than we are."""
KEYS, ROUNDS = 60, {AHEAD_FROM: 8}
"""Keystrokes at a time, and how often: twice, but where the two are so near to each other."""
ALLOWANCE_MS = 4.0
"""What the writer's Jupyter server may add to the room alone, at the median."""


@dataclass
class Listened:
    """What the readers of one system heard at one size."""

    latencies: list[float | None] = field(default_factory=list)
    undelivered: int = 0


@dataclass(frozen=True)
class Hall:
    """One system with its readers in two processes: those who tell their times, and all the others."""

    audience: Audience
    probes: Crowd
    others: Crowd

    async def grow(self, before: int, after: int) -> None:
        """Let readers in until there are `after`; probes enter among the others."""
        for first in range(before, after, PROBE_EVERY):
            numbers = range(first, min(first + PROBE_EVERY, after))
            probe, *others = self.audience.seats(numbers)
            await self.others.enter(others[: len(others) // 2])
            await self.probes.enter([probe])
            await self.others.enter(others[len(others) // 2 :])

    async def listen(self, typing: Typing, first: int) -> Listened:
        """Type, and wait until everybody has everything."""
        sent = await asyncio.to_thread(_type, self.audience, typing, first)
        deadline = time.monotonic() + GRACE_SECONDS
        heard: list[list[Heard]] = [[], []]
        while True:
            await asyncio.sleep(1)
            heard[0] = _joined(heard[0], await self.probes.heard())
            heard[1] = _joined(heard[1], await self.others.heard())
            missing = sum(len(sent.keys() - each.keys()) for half in heard for each in half)
            if not missing or time.monotonic() > deadline:
                break
        return Listened(
            [_milliseconds(sent[key], probe.get(key)) for probe in heard[0] for key in sent],
            missing,
        )


Figures = dict[int, dict[str, Summary]]


async def main(options: argparse.Namespace) -> bool:
    """Measure, print the table and the verdict, and return whether it is good enough."""
    figures: Figures = {}
    if not go_first():
        print("not at real-time priority: whatever else runs here is in these times, too")
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        async with _halls(Path(directory)) as halls:
            before = number = 0
            for size in options.readers:
                for hall in halls:
                    await hall.grow(before, size)
                heard = {hall.audience.name: Listened() for hall in halls}
                for run in range(ROUNDS.get(size, 2)):
                    typing = Typing(KEYS, options.rate, seed=options.seed + run)
                    for hall in halls:
                        more = await hall.listen(typing, number)
                        heard[hall.audience.name].latencies += more.latencies
                        heard[hall.audience.name].undelivered += more.undelivered
                    number += KEYS
                figures[size] = {name: _summary(each) for name, each in heard.items()}
                before = size
                print(_rows(size, figures[size]), flush=True)
    line, good = verdict(figures)
    print(f"\n{line}")
    return good


def verdict(figures: Figures) -> tuple[str, bool]:
    """Each size against what we promise; and whether all promises are kept."""
    said, good = [], True
    for size, each in figures.items():
        ours, beside, bare = each["xmpp_bridge"], each["stock"], each["bare MUC"]
        factor, beyond = ours.median / beside.median, ours.median - bare.median
        said.append(f"{size} readers {factor:.2f} x stock, bare MUC {beyond:+.2f} ms")
        ahead = size < AHEAD_FROM or factor < 1
        good = good and ahead and beyond <= ALLOWANCE_MS and not ours.lost
    lost = sum(each["xmpp_bridge"].lost for each in figures.values())
    line = f"median with {'; '.join(said)}; undelivered {lost}"
    return f"{line} (at most 1 x stock from {AHEAD_FROM} on, +{ALLOWANCE_MS:g} ms, 0)", good


@asynccontextmanager
async def _halls(directory: Path) -> AsyncIterator[list[Hall]]:
    """All three at once: whichever is not typed into does nothing."""
    halls = []
    async with AsyncExitStack() as running:
        for kind in (stock, bridged, bare_muc):
            folder = directory / kind.__name__
            folder.mkdir(mode=0o700)
            audience = await running.enter_async_context(kind(folder))
            probes, others = (running.enter_context(crowd(nice=nice)) for nice in (0, 10))
            halls.append(Hall(audience, probes, others))
        yield halls


def _type(audience: Audience, typing: Typing, first: int) -> Heard:
    """The moment of each keystroke."""
    writer: Writer = audience.writer()
    sent: Heard = {}
    due = time.perf_counter() + 1
    for number, pause in enumerate(typing.pauses(), first):
        due += pause
        time.sleep(max(0.0, due - time.perf_counter()))
        sent[number % MARKS] = writer.type(mark(number))
    return sent


def _joined(before: Sequence[Heard], more: Sequence[Heard]) -> list[Heard]:
    return [{**new, **old} for old, new in zip(before or [{} for _ in more], more, strict=True)]


def _summary(listened: Listened) -> Summary:
    told = summarise(listened.latencies)
    return Summary(told.keys, listened.undelivered, told.median, told.p95, told.p99, told.worst)


def _rows(size: int, summaries: dict[str, Summary]) -> str:
    """In Markdown, under `readers | | p50 ms | p95 | p99 | undelivered`."""
    return "\n".join(
        f"| {size} | {name} | {s.median:.2f} | {s.p95:.2f} | {s.p99:.2f} | {s.lost} |"
        for name, s in summaries.items()
    )


def _milliseconds(sent: int, arrived: int | None) -> float | None:
    return None if arrived is None else (arrived - sent) / 1e6
