# ruff: noqa: INP001, T201 - programs for a terminal
"""What `make accept-…` is made of: requirements, the tests that show them, and a line with its figure for each."""

import argparse
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Requirement:
    """Something that must be shown, and the tests that show it: `file::name`, with wildcards."""

    name: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of one requirement."""

    name: str
    good: bool
    figure: str


@dataclass(frozen=True)
class Case:
    """A test that ran."""

    node: str
    passed: bool
    figure: str


Part = Callable[[], Iterator[Outcome]]


def main(name: str, parts: Mapping[str, Part]) -> int:
    """Run the parts, print what became of each requirement, and return the exit status."""
    parser = argparse.ArgumentParser(prog=f"make {name} ARGS=")
    parser.add_argument("--only", nargs="+", choices=list(parts), default=list(parts))
    options = parser.parse_args()
    outcomes = []
    for part in options.only:
        for outcome in parts[part]():
            mark = "ok  " if outcome.good else "FAIL"
            print(f"{mark}  {outcome.name:80} {outcome.figure}", flush=True)
            outcomes.append(outcome)
    short = sum(not outcome.good for outcome in outcomes)
    print(f"\n{len(outcomes) - short} passed, {short} failed")
    return 1 if short else 0


def tests(requirements: tuple[Requirement, ...]) -> Iterator[Outcome]:
    """Run all tests that some requirement names, once, and judge each requirement by its own."""
    files = sorted({test.partition("::")[0] for need in requirements for test in need.tests})
    present = sorted({str(path.relative_to(ROOT)) for file in files for path in ROOT.glob(file)})
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        # Only the older kind of report has a place for what a test says of itself.
        kind = ("-o", "junit_family=xunit1", f"--junitxml={report}")
        command = (sys.executable, "-m", "pytest", "-q", *kind)
        # The log goes to stderr, so that the lines of this runner stay readable by themselves.
        subprocess.run([*command, *present], cwd=ROOT, stdout=sys.stderr, check=False)  # noqa: S603
        cases = list(_read_report(report)) if report.exists() else []
    yield from (judge(requirement, cases) for requirement in requirements)


def judge(requirement: Requirement, cases: list[Case]) -> Outcome:
    """A requirement is met when each of its patterns has a test, and all of them passed."""
    figures: list[str] = []
    broken: list[str] = []
    count = 0
    for pattern in requirement.tests:
        found = [case for case in cases if fnmatchcase(case.node, pattern)]
        count += len(found)
        figures += [case.figure for case in found if case.figure]
        broken += [case.node for case in found if not case.passed]
        broken += [] if found else [f"no test {pattern}"]
    figure = "; ".join(figures) or f"{count} tests"
    return Outcome(requirement.name, not broken, figure if not broken else f"not met: {broken[0]}")


def run(command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    """Run to the end and keep what it said; its errors are shown as they come."""
    return subprocess.run(  # noqa: S603
        command, cwd=directory, stdout=subprocess.PIPE, text=True, check=False
    )


def _read_report(report: Path) -> Iterator[Case]:
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        node = f"{_file(case.get('classname', ''))}::{case.get('name')}"
        passed = not any(case.find(fault) is not None for fault in ("failure", "error", "skipped"))
        figures = (p.get("value", "") for p in case.iter("property") if p.get("name") == "figure")
        yield Case(node, passed, ", ".join(figures))


def _file(place: str) -> str:
    """Where `tests.area.test_something`, or a class in it, is; for a class of Hypothesis pytest names another file."""
    names = place.split(".")
    folders = list(takewhile(lambda name: not name.startswith("test_"), names))
    return "/".join(names[: len(folders) + 1]) + ".py"
