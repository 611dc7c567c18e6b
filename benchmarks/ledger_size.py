"""A record of a million entries: how it grows, is exported, verified, proven and searched."""

import asyncio
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.audit import verify
from xmpp_bridge.audit.checkpoints import Checkpoints
from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.export import Exporting, Wanted
from xmpp_bridge.audit.filters import EVERYTHING, Filters
from xmpp_bridge.audit.note import Signer
from xmpp_bridge.audit.proofs import Proofs
from xmpp_bridge.audit.reading import Reading
from xmpp_bridge.audit.recording import record
from xmpp_bridge.audit.sequencer import Sequencer
from xmpp_bridge.audit.tree import HASH_BYTES
from xmpp_bridge.storage.engine import create_engine, writing
from xmpp_bridge.storage.migrate import upgrade

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ROOMS, PEOPLE, WORDS = 500, 200, 20_000
AT_ONCE = 5_000
SECONDS_APART = 30
MOST_MEGABYTES = 100
"""By which a process may have grown when a million entries have gone through it."""
LATEST = 0.25
"""Seconds within which 99 of 100 answers to an auditor come."""
ROUNDS = 200
# What a process has inherited counts in its rusage; VmHWM is its own.
VERIFYING = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")), end="")
"""


@dataclass(frozen=True)
class Figures:
    entries: int
    filled: float
    exported: float
    export_megabytes: float
    grown_megabytes: float
    verified: float
    verify_megabytes: float
    verdict: str
    proof_bytes: int
    proof_p99: float
    search_p99: dict[str, float]

    def judged(self) -> list[tuple[bool, str]]:
        """Each figure, and whether it is good enough."""
        flat = max(self.grown_megabytes, self.verify_megabytes) <= MOST_MEGABYTES
        return [
            (True, f"recorded and sequenced: {self.entries / self.filled:,.0f} a second"),
            (
                flat,
                (
                    f"export: {self.exported:.0f} s, {self.export_megabytes:,.0f} MB,"
                    f" the process grew by {self.grown_megabytes:.0f} MB (at most {MOST_MEGABYTES})"
                ),
            ),
            (
                flat and self.verdict == f"{self.entries} entries are as they were",
                (
                    f"verify: {self.verified:.0f} s, {self.verify_megabytes:.0f} MB in all"
                    f" (at most {MOST_MEGABYTES}): {self.verdict}"
                ),
            ),
            (
                self.proof_p99 <= LATEST,
                (
                    f"proof: {self.proof_bytes} bytes, p99 {self.proof_p99 * 1e3:.1f} ms"
                    f" (at most {LATEST * 1e3:.0f})"
                ),
            ),
            *(
                (
                    seconds <= LATEST,
                    f"search by {name}: p99 {seconds * 1e3:.1f} ms (at most {LATEST * 1e3:.0f})",
                )
                for name, seconds in self.search_p99.items()
            ),
        ]


async def measure(directory: Path, count: int) -> Figures:
    url = f"sqlite:///{directory / 'record.sqlite'}"
    await upgrade(url)
    engine = create_engine(url)
    try:
        return await _measure(engine, directory, count)
    finally:
        await engine.dispose()


async def _measure(engine: AsyncEngine, directory: Path, count: int) -> Figures:
    began = time.perf_counter()
    sequencer = Sequencer(engine)
    await _fill(engine, sequencer, count)
    filled = time.perf_counter() - began
    signer = Signer("bench/record", Ed25519PrivateKey.generate())
    kept, key, export = (directory / name for name in ("checkpoints", "key", "export.jsonl"))
    key.write_text(signer.verifier)
    await Checkpoints(engine, sequencer, signer, kept, lambda: BEGAN).sign()

    before, began = _megabytes(), time.perf_counter()
    await _export(engine, export, count)
    exported, grown = time.perf_counter() - began, _megabytes() - before

    command = [sys.executable, "-I", "-S", "-c", VERIFYING, verify.__file__, str(export)]
    command += ["--checkpoint", str(kept), "--key", str(key)]
    began = time.perf_counter()
    done = await asyncio.to_thread(
        subprocess.run, command, stdout=subprocess.PIPE, text=True, check=False
    )
    verified = time.perf_counter() - began
    verdict, peak = done.stdout.strip().split("\n")
    proofs, chance = Proofs(engine), random.Random(1597)
    proof = await proofs.inclusion(count // 3, count)
    return Figures(
        entries=count,
        filled=filled,
        exported=exported,
        export_megabytes=export.stat().st_size / 1e6,
        grown_megabytes=grown,
        verified=verified,
        verify_megabytes=int(peak.split()[1]) / 1024,
        verdict=verdict,
        proof_bytes=len(proof) * HASH_BYTES,
        proof_p99=await _p99(lambda: proofs.inclusion(chance.randrange(count), count)),
        search_p99=await _searches(Reading(engine), chance, count),
    )


async def _fill(engine: AsyncEngine, sequencer: Sequencer, count: int) -> None:
    chance = random.Random(1597)
    for start in range(0, count, AT_ONCE):
        events = [_event(number, chance) for number in range(start, min(count, start + AT_ONCE))]
        async with writing(engine) as connection:
            await record(connection, events)
        await sequencer.sequence_all()


def _event(number: int, chance: random.Random) -> Event:
    body = " ".join(f"word{int(chance.paretovariate(0.6)) % WORDS}" for _ in range(8))
    return Event(
        Kind.CHAT,
        "message",
        BEGAN + timedelta(seconds=SECONDS_APART * number),
        account=chance.randrange(PEOPLE) + 1,
        room=f"{chance.randrange(ROOMS):032x}",
        content={"body": body, "sender": "romeo@hub.localhost", "stanza_id": str(number)},
        words=body,
    )


async def _export(engine: AsyncEngine, path: Path, size: int) -> None:
    exporting = Exporting(Reading(engine), Proofs(engine), "bench/record")
    with path.open("w") as file:
        async for piece in exporting.jsonl(Wanted(Filters(), EVERYTHING, 0, size)):
            file.write(piece.text)


async def _searches(reading: Reading, chance: random.Random, count: int) -> dict[str, float]:
    def some(filters: Callable[[], Filters]) -> Callable[[], Awaitable[object]]:
        return lambda: reading.page(filters(), EVERYTHING, None, 50)

    def room() -> str:
        return f"{chance.randrange(ROOMS):032x}"

    def moment() -> datetime:
        return BEGAN + timedelta(seconds=SECONDS_APART * chance.randrange(count))

    asked = {
        "nothing": Filters,
        "room": lambda: Filters(room=room()),
        "person": lambda: Filters(account=chance.randrange(PEOPLE) + 1),
        "a person who did nothing": lambda: Filters(account=PEOPLE + 1),
        "person and time": lambda: Filters(account=chance.randrange(PEOPLE) + 1, before=moment()),
        "room and person": lambda: Filters(room=room(), account=chance.randrange(PEOPLE) + 1),
        "time": lambda: Filters(before=moment()),
        "a rare word": lambda: Filters(words=f"word{chance.randrange(WORDS // 2, WORDS)}"),
        "a common word": lambda: Filters(words="word1"),
        "room and time": lambda: Filters(room=room(), before=moment()),
        "kind and person": lambda: Filters(kind=Kind.LOGIN, account=chance.randrange(PEOPLE) + 1),
        "word and room": lambda: Filters(words=f"word{chance.randrange(2, 200)}", room=room()),
    }
    return {name: await _p99(some(filters)) for name, filters in asked.items()}


async def _p99(ask: Callable[[], Awaitable[object]]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await ask()
        taken.append(time.perf_counter() - began)
    return statistics.quantiles(taken, n=100)[98]


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
