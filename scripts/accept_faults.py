# ruff: noqa: INP001 - a program for a terminal
"""`make accept-faults`: everything that can go wrong, one line and one figure each.

Exits non-zero when one falls short: a test that fails, is skipped or is not there counts as that.
"""

import os
import re
import sys
from collections.abc import Iterator

from acceptance import ROOT, Outcome, Requirement, main, run, tests

E2E, FAULTS, DOCUMENTS = "tests/e2e", "tests/faults", "tests/documents"
HUB_SERVICE, SERVER_EXTENSION = "tests/hub_service", "tests/server_extension"

REQUIREMENTS = (
    Requirement(
        "the service killed -9 and restarted",
        (
            f"{E2E}/test_durable_copy.py::test_a_restarted_service_*",
            f"{E2E}/test_faults_edit.py::test_the_service_restarts_*",
            f"{E2E}/test_external_ejabberd.py::*",
        ),
    ),
    Requirement(
        "ejabberd killed -9",
        (
            f"{E2E}/test_faults_edit.py::test_ejabberd_is_killed_*",
            f"{E2E}/test_durable_copy.py::test_after_ejabberd_died_*",
        ),
    ),
    Requirement("both killed -9", (f"{FAULTS}/test_both_killed.py::*",)),
    Requirement(
        "the network of one server cut, half-open, slow, coming and going, one way late",
        (f"{FAULTS}/test_network.py::*",),
    ),
    Requirement("a frozen laptop", (f"{FAULTS}/test_frozen.py::*",)),
    Requirement(
        "a Jupyter server killed -9 with unsaved edits, and at each step of journal and save",
        (
            f"{E2E}/test_faults_edit.py::test_a_jupyter_server_is_killed_*",
            f"{DOCUMENTS}/test_journal.py::*interrupted_anywhere*",
            f"{FAULTS}/test_cut_off_save.py::*",
            f"{DOCUMENTS}/test_disk.py::*",
        ),
    ),
    Requirement(
        "the durable copy fails at any statement, and is killed at any moment",
        (
            f"{DOCUMENTS}/test_history_endures.py::test_a_failure_at_any_step_*",
            f"{DOCUMENTS}/test_history_endures.py::test_what_a_killed_process_*",
        ),
    ),
    Requirement("the disk full on either side", (f"{FAULTS}/test_disk_full.py::*",)),
    Requirement("the database restored from a backup", (f"{FAULTS}/test_restored_database.py::*",)),
    Requirement(
        "the journal deleted, truncated, bit-flipped", (f"{FAULTS}/test_journal_faults.py::*",)
    ),
    Requirement(
        "rooms destroyed on ejabberd behind our back", (f"{FAULTS}/test_destroyed_room.py::*",)
    ),
    Requirement("two servers of one person", (f"{FAULTS}/test_two_servers.py::*",)),
    Requirement("the clock stepped back", (f"{FAULTS}/test_clock.py::*",)),
    Requirement("PostgreSQL stopped for a minute", (f"{E2E}/test_database_away.py::*[[]60]",)),
    Requirement(
        "a 20 MB output holds up no keystroke, with the service and without",
        (f"{FAULTS}/test_large.py::test_a_large_*", f"{FAULTS}/test_large.py::test_without_the_*"),
    ),
    Requirement("500 cells with 200 outputs each", (f"{FAULTS}/test_large.py::*_500_cells_*",)),
    Requirement(
        "a server deleted of which only another has the history",
        (f"{FAULTS}/test_relay.py::*", f"{HUB_SERVICE}/test_relays.py::*too_often*"),
    ),
    Requirement(
        "what hangs on what the service lacks is not called durable",
        (f"{HUB_SERVICE}/test_hanging.py::*",),
    ),
    Requirement(
        "a file of a linked room: edited amid a save, no newer than it was, never written at rest",
        (f"{DOCUMENTS}/test_linked_room.py::*",),
    ),
    Requirement(
        "a large update, and a large notebook, is read beside the event loop",
        (f"{DOCUMENTS}/test_aside.py::*", f"{DOCUMENTS}/test_content.py::*"),
    ),
    Requirement(
        "what waits to be said where its writer was taken out is theirs again",
        (f"{SERVER_EXTENSION}/test_given_back.py::*",),
    ),
    Requirement(
        "people read what waits, what is saved, and why not",
        ("tests/browser/test_two_labs.py::test_one_reads_that_edits_wait_*",),
    ),
    Requirement("a browser that does not read", (f"{DOCUMENTS}/test_slow_browser.py::*",)),
    Requirement(
        "a cell that runs: its server killed; two members run it",
        (
            f"{FAULTS}/test_running_cells.py::*",
            f"{DOCUMENTS}/test_running.py::*",
            f"{E2E}/test_execution.py::test_whoever_runs_it_again_*",
        ),
    ),
    Requirement("300 linked documents at start-up", (f"{FAULTS}/test_many_documents.py::*",)),
    Requirement(
        "a file changed outside Jupyter while it is shared",
        (
            f"{E2E}/test_faults_edit.py::test_the_file_is_edited_*",
            f"{FAULTS}/test_tools_on_disk.py::*",
        ),
    ),
    *(
        Requirement(f"{thread[0]}#{thread[1]}", (f"{FAULTS}/test_rtc_regressions.py::{thread[2]}",))
        for thread in (
            ("jupyterlab", "10852", "test_jupyterlab_10852_*"),
            ("jupyterlab", "14031", "test_jupyterlab_14031_*"),
            ("jupyter-collaboration", "219", "test_jupyter_collaboration_219_*"),
            ("jupyter-collaboration", "545", "test_jupyter_collaboration_545_*[[]545]"),
            ("jupyter-collaboration", "594", "test_jupyter_collaboration_545_and_594_*[[]594]"),
            ("jupyter-collaboration", "621", "test_jupyter_collaboration_621_*"),
            ("jupyter-server-documents", "305", "test_jupyter_server_documents_305_*"),
            ("jupyverse", "532", "test_jupyverse_532_*"),
        )
    ),
    Requirement(
        "older updates are folded and nothing is forgotten", (f"{DOCUMENTS}/test_folding.py::*",)
    ),
    Requirement(
        "damage of the durable copy is found and repaired", (f"{DOCUMENTS}/test_checking.py::*",)
    ),
    Requirement(
        "what was kept reaches the disk itself, with and without a place in the room",
        (f"{DOCUMENTS}/test_journal_flushed.py::*",),
    ),
    Requirement(
        "the wire is what docs/protocol.md says it is, and an independent decoder reads it",
        (
            f"{DOCUMENTS}/test_protocol_examples.py::*",
            f"{DOCUMENTS}/test_protocol_vectors.py::*",
        ),
    ),
)

SOAK = (
    Requirement(
        "200 random faults over 3 servers under load", (f"{FAULTS}/test_random_faults.py::*",)
    ),
)

MILLION, PLAYS = 500, 20
"""Factors on what CI invents: 1,000,000 inputs for each parser; 600 plays of 140 steps."""
FUZZ = (
    (
        MILLION,
        Requirement("1,000,000 spoilt inputs for each parser", ("tests/test_parsers.py::*",)),
    ),
    (
        PLAYS,
        Requirement(
            "replicas over a lossy network: always converge, never double, lose nothing",
            (f"{DOCUMENTS}/test_convergence.py::*",),
        ),
    ),
)


MEASURED = {
    "growth": "260,000 edits of a day in the database, beside the document for Yjs",
    "commits": "an edit where everybody edits another document, beside all in one",
    "busy-hub": "a hundred people typing at once, each in a document of their own, beside ten",
    "wire": "bytes of a keystroke as one receiver gets them, beside Yjs and Matrix-CRDT",
    "readers": "one writer and up to 500 readers, beside stock and the bare room",
    "newcomer": "a newcomer to 5 MB and 20 MB, alone and 50 at once, beside stock",
    "extension": "what the extension adds to a Jupyter server, beside one without",
}
"""The parts of `make bench` that belong here."""


def bench() -> Iterator[Outcome]:
    """What is measured, beside what it is to be compared with."""
    for part, name in MEASURED.items():
        done = run(["make", "bench", f"ARGS={part}"], ROOT)
        figures = [line for line in done.stdout.splitlines() if re.search(r"\(at most", line)]
        yield Outcome(name, done.returncode == 0, figures[-1] if figures else "no result")


def fuzz() -> Iterator[Outcome]:
    """What invents its own cases, further than CI goes."""
    for depth, requirement in FUZZ:
        os.environ["XMPP_BRIDGE_FUZZ_DEPTH"] = str(depth)
        os.environ["PYTEST_ADDOPTS"] = "--timeout 14400"
        yield from tests((requirement,))


PARTS = {
    "soak": lambda: tests(SOAK),
    "bench": bench,
    "tests": lambda: tests(REQUIREMENTS),
    "fuzz": fuzz,
}

if __name__ == "__main__":
    sys.exit(main("accept-faults", PARTS))
