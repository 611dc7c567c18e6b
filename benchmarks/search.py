"""Searching a year of a hub's chat: our search beside the same question written by hand, on the same database."""

import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.search_bare import Bare, bare
from benchmarks.search_by_hand import PAGE, ByHand, find
from benchmarks.search_corpus import BEGAN, DOMAIN, YEAR, Corpus
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.archive.lexemes import room_mark, sender_mark
from xmpp_bridge.archive.order import first_place_at
from xmpp_bridge.archive.search import Search
from xmpp_bridge.hub_service.finding import Finding, Found
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.prepared import Reads

FACTOR = 1.5
"""What our layers may cost."""
COMMON, RARE, PHRASE, NAMED, PREFIX = 3, 6_000, (1, 2), 40, 900


@dataclass(frozen=True)
class Case:
    """A question in our language, and by hand in that of each database."""

    name: str
    question: str
    by_hand: dict[str, ByHand]


@dataclass(frozen=True)
class Timing:
    """Seconds that each took, once per round."""

    name: str
    hits: int
    ours: list[float]
    by_hand: list[float]
    """The same SQL through our engine: what our own layers cost."""
    bare: list[float]
    """On the bare driver: what all layers together cost. This is what is promised about."""


def cases(corpus: Corpus) -> list[Case]:
    words, room = corpus.vocabulary, corpus.readable[3]
    one, two = (words[rank] for rank in PHRASE)
    middle = (BEGAN + YEAR / 2).replace(hour=0)
    since, until = first_place_at(middle), first_place_at(middle + timedelta(days=60))
    dates = f"after:{middle:%Y-%m-%d} before:{middle + timedelta(days=60):%Y-%m-%d}"
    prefix = words[PREFIX][:4]
    who = sender_mark(corpus.speaker)
    return [
        _case("rare word", words[RARE], f'"{words[RARE]}"', f"'{words[RARE]}'"),
        _case("common word", words[COMMON], f'"{words[COMMON]}"', f"'{words[COMMON]}'"),
        _case("phrase", f'"{one} {two}"', f'"{one} {two}"', f"'{one}' <-> '{two}'"),
        _case(
            "word in a room",
            f"{words[NAMED]} in:{room}",
            f'"{words[NAMED]}" AND "{room_mark(room)}"',
            f"'{words[NAMED]}' & '{room_mark(room)}'",
        ),
        Case(
            "sender and dates",
            f"from:{corpus.speaker} {dates}",
            {
                "sqlite": ByHand(f'"{who}"', since, until),
                "postgresql": ByHand(f"'{who}'", since, until),
            },
        ),
        _case("prefix", f"{prefix}*", f'"{prefix}"*', f"'{prefix}':*"),
    ]


def _case(name: str, question: str, sqlite: str, postgresql: str) -> Case:
    return Case(name, question, {"sqlite": ByHand(sqlite), "postgresql": ByHand(postgresql)})


async def compare(engine: AsyncEngine, corpus: Corpus, rounds: int) -> list[Timing]:
    """Both in turn, so that whatever else the machine does hits both alike; raises if they differ in what they find."""
    with _on_one_core():
        return await _compare_all(engine, corpus, rounds)


@contextmanager
def _on_one_core() -> Iterator[None]:
    """Of each connection to SQLite, chance decides on which core its thread is: a tenth of a millisecond each way."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


async def _compare_all(engine: AsyncEngine, corpus: Corpus, rounds: int) -> list[Timing]:
    async with aclosing(Reads(engine)) as reads, bare(engine) as driver:
        rooms, search = RoomStore(engine, lambda: BEGAN), Search(engine, reads)
        finding = Finding(rooms, search, Addresses(DOMAIN), lambda: BEGAN + YEAR)
        return [
            await _compare(case, finding, engine, driver, corpus.asker, rounds)
            for case in cases(corpus)
        ]


async def _compare(
    case: Case, finding: Finding, engine: AsyncEngine, driver: Bare, asker: Account, rounds: int
) -> Timing:
    question = case.by_hand[engine.dialect.name]

    async def ours() -> list[int]:
        return _places(await finding.find(asker, case.question, None, "newest", None, PAGE))

    async def by_hand() -> list[int]:
        return await find(engine, asker.id, question)

    async def on_driver() -> list[int]:
        return await driver.find(asker.id, question)

    found = await ours()
    for other in (by_hand, on_driver):
        if await other() != found:
            raise RuntimeError(f"{case.name}: something else is found by hand")
    timing = Timing(case.name, len(found), [], [], [])
    turns = [(timing.ours, ours), (timing.by_hand, by_hand), (timing.bare, on_driver)]
    for number in range(rounds):
        # Whoever is next finds the processor's caches warm: each is next as often.
        for seconds, search in random.Random(number).sample(turns, k=len(turns)):
            seconds.append(await _timed(search))
    return timing


def table(timings: Sequence[Timing]) -> str:
    """In Markdown."""
    head = (
        "| | hits | p50 ms | p99 ms | bare p50 | p99 | ratio p50 | p99 | same engine p50 | ratio |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    lines = []
    for each in timings:
        (p50, p99), (bare50, bare99) = _quantiles(each.ours), _quantiles(each.bare)
        hand50, _ = _quantiles(each.by_hand)
        lines.append(
            f"| {each.name} | {each.hits} | {p50 * 1e3:.2f} | {p99 * 1e3:.2f} | {bare50 * 1e3:.2f}"
            f" | {bare99 * 1e3:.2f} | {p50 / bare50:.2f} | {p99 / bare99:.2f}"
            f" | {hand50 * 1e3:.2f} | {p50 / hand50:.2f} |"
        )
    return "\n".join([head, *lines])


def verdict(timings: Sequence[Timing]) -> tuple[str, bool]:
    """The worst ratio of medians to the bare driver, against what we promise."""
    ratios = {each.name: _quantiles(each.ours)[0] / _quantiles(each.bare)[0] for each in timings}
    worst = max(ratios, key=lambda name: ratios[name])
    line = (
        f"worst: {worst}, {ratios[worst]:.2f} x SQL by hand on the bare driver (at most {FACTOR})"
    )
    return line, ratios[worst] <= FACTOR


def _places(found: Found) -> list[int]:
    if found.problems:
        raise RuntimeError(str(found.problems))
    return [hit.place for hit in found.hits]


async def _timed(search: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await search()
    return time.perf_counter() - began


def _quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
