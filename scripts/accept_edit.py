# ruff: noqa: INP001, T201 - a program for a terminal
"""`make accept-edit`: every requirement of shared editing, one line and one figure each.

Exits non-zero when one falls short: a test that fails, is skipped or is not there counts as that.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).parent.parent
E2E = "tests/e2e"
IDLE_SETUP_SECONDS = 2.0


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


REQUIREMENTS = (
    Requirement(
        "1,000 random edits on two servers: equal, valid, then silent",
        (f"{E2E}/test_keystroke.py::test_random_edits_*[[]2]",),
    ),
    Requirement(
        "1,000 random edits on three servers: equal, valid, then silent",
        (f"{E2E}/test_keystroke.py::test_random_edits_*[[]3]",),
    ),
    Requirement(
        "the service restarts during editing",
        (f"{E2E}/test_faults_edit.py::test_the_service_restarts_*",),
    ),
    Requirement(
        "ejabberd is killed during editing and starts again",
        (f"{E2E}/test_faults_edit.py::test_ejabberd_is_killed_*",),
    ),
    Requirement(
        "a Jupyter server is killed with unsaved edits",
        (f"{E2E}/test_faults_edit.py::test_a_jupyter_server_is_killed_*",),
    ),
    Requirement(
        "the file is edited on disk while its server is down",
        (f"{E2E}/test_faults_edit.py::test_the_file_is_edited_while_its_server_is_down_*",),
    ),
    Requirement(
        "all members leave, then a new one joins",
        (f"{E2E}/test_faults_edit.py::test_all_leave_*",),
    ),
    Requirement(
        "join over an unrelated local file",
        (f"{E2E}/test_keystroke.py::test_join_over_an_unrelated_file_*",),
    ),
    Requirement(
        "rename while somebody types",
        (f"{E2E}/test_keystroke.py::test_rename_while_somebody_types*",),
    ),
    Requirement(
        "a viewer's update is refused by ejabberd",
        (f"{E2E}/test_forged.py::test_a_viewers_update_*", f"{E2E}/test_viewer.py::*"),
    ),
    Requirement(
        "an update forced past ejabberd is refused by receivers and service, and counted",
        (
            f"{E2E}/test_forged.py::test_an_update_under_anothers_client_id_*",
            f"{E2E}/test_forged.py::test_a_component_*",
            f"{E2E}/test_forged.py::test_what_the_services_own_address_writes_*",
        ),
    ),
    Requirement(
        "`trusted` of another member is neither signed nor believed", (f"{E2E}/test_trust.py::*",)
    ),
    Requirement(
        "a cell run without a browser arrives complete on the other's disk",
        (f"{E2E}/test_execution.py::*",),
    ),
    Requirement("files that are not shared behave as without us", (f"{E2E}/test_untouched.py::*",)),
    Requirement(
        "ejabberd's admin channel refuses a local user",
        ("tests/ejabberd/test_admin_channel.py::*",),
    ),
    Requirement(
        "an expired token, another server's, a stopped server's, a deleted user's: refused",
        (f"{E2E}/test_identity.py::*",),
    ),
    Requirement("works on JupyterHub 5.5 and 6.1", (f"{E2E}/test_hub_versions.py::*",)),
)


def main() -> int:
    options = _options()
    outcomes = []
    for part in options.only:
        for outcome in PARTS[part]():
            mark = "ok  " if outcome.good else "FAIL"
            print(f"{mark}  {outcome.name:80} {outcome.figure}", flush=True)
            outcomes.append(outcome)
    short = sum(not outcome.good for outcome in outcomes)
    print(f"\n{len(outcomes) - short} passed, {short} failed")
    return 1 if short else 0


def tests() -> Iterator[Outcome]:
    """Run all tests that some requirement names, once, and judge each requirement by its own."""
    files = sorted({test.partition("::")[0] for need in REQUIREMENTS for test in need.tests})
    present = [file for file in files if (ROOT / file).exists()]
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        # Only the older kind of report has a place for what a test says of itself.
        kind = ("-o", "junit_family=xunit1", f"--junitxml={report}")
        command = (sys.executable, "-m", "pytest", "-q", "-m", "e2e or accept", *kind)
        # The log goes to stderr, so that the lines of this runner stay readable by themselves.
        subprocess.run([*command, *present], cwd=ROOT, stdout=sys.stderr, check=False)  # noqa: S603
        cases = list(_read_report(report)) if report.exists() else []
    yield from (judge(requirement, cases) for requirement in REQUIREMENTS)


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


def clone() -> Iterator[Outcome]:
    """The demo's story from a fresh clone, as somebody new would run it; then set-up once more."""
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        fresh = Path(directory) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(fresh)], check=True)  # noqa: S603, S607
        began = time.monotonic()
        story = _run(["make", "demo", "ARGS=--check"], fresh)
        steps = story.stdout.count("\n  ok ") + story.stdout.startswith("  ok ")
        figure = f"{steps} steps, {time.monotonic() - began:.0f} s with set-up"
        good = story.returncode == 0
        yield Outcome(
            "git clone, make demo ARGS=--check", good, figure if good else story.stdout[-500:]
        )
        began = time.monotonic()
        again = _run(["make", "setup"], fresh)
        took = time.monotonic() - began
        idle = "nothing installed" in again.stdout and took < IDLE_SETUP_SECONDS
        yield Outcome("a second set-up installs nothing", idle, f"{took:.1f} s")


def bench() -> Iterator[Outcome]:
    """Our keystrokes beside stock's."""
    run = _run(["make", "bench", "ARGS=keystrokes"], ROOT)
    figure = next(
        (line for line in run.stdout.splitlines() if line.startswith("median")), "no result"
    )
    yield Outcome("keystroke latency beside stock", run.returncode == 0, figure)


PARTS: dict[str, Callable[[], Iterator[Outcome]]] = {"clone": clone, "tests": tests, "bench": bench}


def _read_report(report: Path) -> Iterator[Case]:
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        node = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        passed = not any(case.find(fault) is not None for fault in ("failure", "error", "skipped"))
        figures = (p.get("value", "") for p in case.iter("property") if p.get("name") == "figure")
        yield Case(node, passed, ", ".join(figures))


def _run(command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    """Run to the end and keep what it said; its errors are shown as they come."""
    return subprocess.run(  # noqa: S603
        command, cwd=directory, stdout=subprocess.PIPE, text=True, check=False
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make accept-edit ARGS=", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
