# ruff: noqa: INP001 - a program for a terminal
"""`make accept-presence`: every requirement of presence, one line and one figure each.

Exits non-zero when one falls short: a test that fails, is skipped or is not there counts as that.
"""

import re
import sys
from collections.abc import Iterator

from acceptance import ROOT, Outcome, Requirement, main, run, tests

E2E, BROWSER = "tests/e2e", "tests/browser"

REQUIREMENTS = (
    Requirement(
        "Chromium, two labs: cursors at the right place while both type above each other",
        (f"{BROWSER}/test_presence.py::test_cursors_*",),
    ),
    Requirement(
        "Chromium, two labs: a reader is seen as one, followed, and brought to where an owner is",
        (f"{BROWSER}/test_presence.py::test_a_reader_*",),
    ),
    Requirement(
        "Chromium, three labs: a late tab sees everybody at once, a killed server's cursor goes",
        (f"{BROWSER}/test_presence.py::test_who_comes_late_*",),
    ),
    Requirement(
        "Chromium: a phone is among the people of the hub and of the room",
        (f"{BROWSER}/test_presence.py::test_a_phone_*",),
    ),
    Requirement(
        "on a real hub: here, idle, busy, hidden, in which cell; who is killed is gone",
        (f"{E2E}/test_presence.py::*",),
    ),
    Requirement(
        "a person without a common room learns nothing: disco, probe, MUC, vCard, PEP, REST, WebSocket",
        (f"{E2E}/test_presence_privacy.py::*",),
    ),
    Requirement(
        "contact lists by hub group, capped: whoever comes, goes, hides, leaves the group",
        (
            f"{E2E}/test_contact_lists.py::*",
            "tests/ejabberd/test_roster_groups.py::*",
            "tests/hub_service/test_rosters.py::*",
        ),
    ),
    Requirement(
        "who may know of whom, wishes, coalesced changes, REST",
        ("tests/hub_service/test_presence.py::*", "tests/presence/test_*.py::*"),
    ),
    Requirement(
        "a Jupyter server says of its owner what the tabs do, and nothing more",
        ("tests/server_extension/test_presence_desk.py::*", "tests/client/test_people.py::*"),
    ),
    Requirement(
        "events of jupyter_events with a schema that declares personal data",
        ("tests/server_extension/test_events.py::*",),
    ),
)


def bench() -> Iterator[Outcome]:
    """What is measured, beside what it is to be compared with."""
    for part, name in (
        (
            "awareness",
            "10 to 1,500 people in a document, all moving: edits beside the same room without cursors",
        ),
        ("presence", "2,000 people on the hub, each changing once a minute, beside 500"),
    ):
        done = run(["make", "bench", f"ARGS={part}"], ROOT)
        found = [line for line in done.stdout.splitlines() if re.search(r"\(at most", line)]
        yield Outcome(name, done.returncode == 0, "; ".join(found) or "no result")


PARTS = {"tests": lambda: tests(REQUIREMENTS), "bench": bench}

if __name__ == "__main__":
    sys.exit(main("accept-presence", PARTS))
