"""Keystroke latency of the bridge beside stock jupyter-collaboration, in one run."""

import argparse
import asyncio
import json
import os
import platform
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.keystrokes import Typing, measure
from benchmarks.report import summarise, table, verdict
from benchmarks.systems import System, bare_muc, bridged, stock

RESULTS = Path(__file__).with_name("results")
PACKAGES = ("jupyter-collaboration", "jupyter-server", "pycrdt", "slixmpp", "tornado")

Latencies = dict[str, list[list[float | None]]]


async def main(options: argparse.Namespace) -> bool:
    """Measure, print the table and the verdict, and return whether it is good enough."""
    with tempfile.TemporaryDirectory(prefix="xmpp-bridge-bench-") as directory:
        async with _systems(Path(directory), cursors=options.cursors) as systems:
            latencies = await _interleaved(systems, options)
    summaries = {
        name: summarise([ms for run in runs for ms in run]) for name, runs in latencies.items()
    }
    line, good = verdict(summaries["xmpp_bridge"], summaries["stock"])
    print(f"\n{table(summaries)}\n\n{line}")
    if options.save:
        _save(options, latencies)
    return good


@asynccontextmanager
async def _systems(directory: Path, *, cursors: bool) -> AsyncIterator[list[System]]:
    """All three at once: whichever is not typed into does nothing."""
    folders = [directory / name for name in ("stock", "hub", "muc")]
    for folder in folders:
        folder.mkdir(mode=0o700)
    async with AsyncExitStack() as running:
        yield [
            await running.enter_async_context(stock(folders[0], cursors=cursors)),
            await running.enter_async_context(bridged(folders[1], cursors=cursors)),
            await running.enter_async_context(bare_muc(folders[2])),
        ]


async def _interleaved(systems: list[System], options: argparse.Namespace) -> Latencies:
    """A B C A B C …, so that whatever else the machine does hits all of them alike."""
    latencies: Latencies = {system.name: [] for system in systems}
    for run in range(options.runs):
        typing = Typing(options.keys, options.rate, seed=options.seed + run)
        for system in systems:
            measured = await asyncio.to_thread(_run, system, typing, run * options.keys)
            latencies[system.name].append(measured)
            summary = summarise(measured)
            print(
                f"run {run + 1}  {system.name:12}  median {summary.median:7.2f} ms"
                f"  p99 {summary.p99:7.2f}  lost {summary.lost}",
                flush=True,
            )
    return latencies


def _run(system: System, typing: Typing, first: int) -> list[float | None]:
    writer, reader = system.connect()
    return measure(writer, reader, typing, first)


def _save(options: argparse.Namespace, latencies: Latencies) -> None:
    now = datetime.now(UTC)
    result = {
        "taken_at": now.isoformat(timespec="seconds"),
        "options": vars(options),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "versions": {package: version(package) for package in PACKAGES},
        "summaries": {
            name: asdict(summarise([ms for run in runs for ms in run]))
            for name, runs in latencies.items()
        },
        "latencies_ms": {
            name: [[ms and round(ms, 3) for ms in run] for run in runs]
            for name, runs in latencies.items()
        },
    }
    path = RESULTS / f"keystrokes-{now:%Y-%m-%d-%H%M}.json"
    path.write_text(json.dumps(result) + "\n")
    print(f"raw figures: {path.relative_to(Path.cwd())}")
