"""`make bench`: what this project claims, measured side by side; exits 1 when something falls short."""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from benchmarks import (
    archive,
    awareness,
    busy_hub,
    commits,
    extension,
    growth,
    hub_presence,
    latency,
    ledger,
    ledger_size,
    newcomer,
    readers,
    search,
    time_line,
    wire,
)
from benchmarks.keystrokes import MARKS
from benchmarks.search_corpus import fill
from xmpp_bridge.storage.engine import create_engine
from xmpp_bridge.storage.migrate import upgrade

ROOT = Path(__file__).parents[1]
FLOOD = 1_000
LEDGER_EDITS = 5_000
COMMITTED_EDITS = 2_000


async def main() -> int:
    options = _options()
    good = True
    for part in options.parts or PARTS:
        print(f"\n## {part}", flush=True)
        good = await PARTS[part](options) and good
    return 0 if good else 1


async def _search(options: argparse.Namespace) -> bool:
    """On the database given, or on a new file."""
    with tempfile.TemporaryDirectory(prefix="xb-bench-") as directory:
        url = options.database or f"sqlite:///{directory}/bridge.sqlite"
        await upgrade(url)
        engine = create_engine(url)
        try:
            corpus = await fill(engine, options.messages)
            timings = await search.compare(engine, corpus, options.rounds)
        finally:
            await engine.dispose()
    print(f"{engine.dialect.name}, {options.messages:,} messages\n\n{search.table(timings)}\n")
    line, good = search.verdict(timings)
    print(line)
    return good


async def _archive(options: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        rates = await archive.compare(Path(directory), FLOOD, options.runs)
    line, good = archive.verdict(rates)
    print(line)
    return good


async def _growth(options: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        line, good = growth.verdict(*await growth.grow(Path(directory), options.edits))
    print(f"{options.edits:,} edits of a day: {line}")
    return good


async def _commits(options: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        taken = await commits.compare(Path(directory), COMMITTED_EDITS, options.runs)
    line, good = commits.verdict(taken, COMMITTED_EDITS)
    print(line)
    return good


async def _time_line(options: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        moments, timings = await time_line.measure(Path(directory), options.edits)
    line, good = time_line.verdict(moments, timings)
    print(f"{options.edits:,} edits of two people\n\n{time_line.table(timings)}\n\n{line}")
    return good


async def _wire(options: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        results = await wire.compare(Path(directory), options.edits)
    line, good = wire.verdict(results)
    print(f"{wire.table(results)}\n\n{line}")
    return good


async def _extension(_options: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        costs = await extension.compare(Path(directory))
    line, good = extension.verdict(costs)
    print(f"{extension.table(costs)}\n\n{line}")
    return good


async def _ledger(options: argparse.Namespace) -> bool:
    """What the record costs, and a record that is long."""
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        costs = await ledger.compare(Path(directory), LEDGER_EDITS, options.runs)
        judged = ledger.judged(costs, LEDGER_EDITS)
        _print_judged(judged)
        figures = await ledger_size.measure(Path(directory), options.entries)
    _print_judged(figures.judged())
    return all(good for good, _ in [*judged, *figures.judged()])


def _print_judged(judged: Sequence[tuple[bool, str]]) -> None:
    for good, line in judged:
        print(f"{'ok  ' if good else 'FAIL'}  {line}", flush=True)


async def _paint(_options: argparse.Namespace) -> bool:
    """In Chromium: its machinery is the tests'."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        command = (
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-m",
            "accept",
            "tests/browser/test_paint.py",
        )
        kind = ("-o", "junit_family=xunit1", f"--junitxml={report}")
        run = await asyncio.to_thread(
            subprocess.run,
            [*command, *kind],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        figure = _figure(report)
    print(figure or run.stdout[-2000:])
    return run.returncode == 0


def _figure(report: Path) -> str | None:
    """What the test says of itself."""
    found = (
        re.search(r'name="figure" value="([^"]*)"', report.read_text()) if report.exists() else None
    )
    return found and found[1]


PARTS: dict[str, Callable[[argparse.Namespace], Awaitable[bool]]] = {
    "keystrokes": latency.main,
    "search": _search,
    "archive": _archive,
    "growth": _growth,
    "commits": _commits,
    "busy-hub": busy_hub.main,
    "time-line": _time_line,
    "ledger": _ledger,
    "wire": _wire,
    "extension": _extension,
    "readers": readers.main,
    "newcomer": newcomer.main,
    "awareness": awareness.main,
    "presence": hub_presence.main,
    "paint": _paint,
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"any of {', '.join(PARTS)}; all if none is named")
    parser.add_argument("--runs", type=int, default=3, help="of each system, interleaved")
    keys = parser.add_argument_group("keystrokes")
    keys.add_argument("--keys", type=int, default=320, help="keystrokes in each run")
    keys.add_argument("--rate", type=float, default=8.0, help="keystrokes a second on average")
    keys.add_argument("--seed", type=int, default=1597)
    keys.add_argument("--cursors", action="store_true", help="every key also moves the cursor")
    keys.add_argument("--save", action="store_true", help="keep the raw figures in results/")
    read = parser.add_argument_group("readers")
    read.add_argument("--readers", type=int, nargs="+", default=readers.SIZES, help="in order")
    found = parser.add_argument_group("search")
    found.add_argument("--messages", type=int, default=1_000_000, help="in 500 rooms")
    found.add_argument("--rounds", type=int, default=200, help="of each question")
    found.add_argument(
        "--database", help="an empty one, postgresql://…; a new SQLite file if not given"
    )
    kept = parser.add_argument_group("ledger")
    kept.add_argument("--entries", type=int, default=1_000_000, help="of the record")
    grown = parser.add_argument_group("growth, time-line, wire")
    grown.add_argument("--edits", type=int, default=260_000, help="of one document")
    crowds = parser.add_argument_group("awareness, busy-hub")
    crowds.add_argument("--people", type=int, nargs="+", help="how many there are at a time")
    options = parser.parse_args()
    if options.runs * options.keys > MARKS:
        parser.error(f"at most {MARKS} keystrokes in all: each has a character of its own")
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no benchmark {min(unknown)}")
    return options


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
