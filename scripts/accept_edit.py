# ruff: noqa: INP001 - a program for a terminal
"""`make accept-edit`: every requirement of shared editing, one line and one figure each.

Exits non-zero when one falls short: a test that fails, is skipped or is not there counts as that.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from acceptance import ROOT, Outcome, Requirement, main, run, tests

E2E = "tests/e2e"
IDLE_SETUP_SECONDS = 2.0

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


def clone() -> Iterator[Outcome]:
    """The demo's story from a fresh clone, as somebody new would run it; then set-up once more."""
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        fresh = Path(directory) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(fresh)], check=True)  # noqa: S603, S607
        began = time.monotonic()
        story = run(["make", "demo", "ARGS=--check"], fresh)
        steps = story.stdout.count("\n  ok ") + story.stdout.startswith("  ok ")
        figure = f"{steps} steps, {time.monotonic() - began:.0f} s with set-up"
        good = story.returncode == 0
        yield Outcome(
            "git clone, make demo ARGS=--check", good, figure if good else story.stdout[-500:]
        )
        began = time.monotonic()
        again = run(["make", "setup"], fresh)
        took = time.monotonic() - began
        idle = "nothing installed" in again.stdout and took < IDLE_SETUP_SECONDS
        yield Outcome("a second set-up installs nothing", idle, f"{took:.1f} s")


def bench() -> Iterator[Outcome]:
    """Our keystrokes beside stock's."""
    done = run(["make", "bench", "ARGS=keystrokes"], ROOT)
    figure = next(
        (line for line in done.stdout.splitlines() if line.startswith("median")), "no result"
    )
    yield Outcome("keystroke latency beside stock", done.returncode == 0, figure)


PARTS = {"clone": clone, "tests": lambda: tests(REQUIREMENTS), "bench": bench}

if __name__ == "__main__":
    sys.exit(main("accept-edit", PARTS))
