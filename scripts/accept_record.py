# ruff: noqa: INP001 - a program for a terminal
"""`make accept-record`: every requirement of the record, one line and one figure each.

Exits non-zero when one falls short: a test that fails, is skipped or is not there counts as that.
"""

import sys
from collections.abc import Iterator

from acceptance import ROOT, Outcome, Requirement, main, run, tests

AUDIT, SERVICE, BROWSER = "tests/audit", "tests/hub_service", "tests/browser"

REQUIREMENTS = (
    Requirement(
        "tampering by SQL: changed, deleted, cut off, swapped, inserted, tree replaced: found and named",
        (f"{AUDIT}/test_tampering.py::test_it_is_found_and_named*",),
    ),
    Requirement(
        "an older database put back, and gone on from: found",
        (f"{AUDIT}/test_tampering.py::test_an_older_database_is_found*sqlite*",),
    ),
    Requirement(
        "proofs equal a second implementation of RFC 6962, and lead to its roots",
        (f"{AUDIT}/test_tree.py::*", f"{AUDIT}/test_sequencer.py::test_proofs_*"),
    ),
    Requirement(
        "Ed25519 in plain Python, beside cryptography and RFC 8032", (f"{AUDIT}/test_note.py::*",)
    ),
    Requirement(
        "checkpoints: on the disk, torn ones are none; a witness elsewhere signs what goes on",
        (f"{AUDIT}/test_checkpoint_file.py::*", f"{SERVICE}/test_record_witness.py::*"),
    ),
    Requirement(
        "200 kills at random points: nothing acknowledged is missing, nothing twice, one tree",
        (f"{AUDIT}/test_killed.py::*",),
    ),
    Requirement(
        "replaying the record gives each document byte for byte, and the chat is the archive's",
        (f"{AUDIT}/test_truth.py::*",),
    ),
    Requirement(
        "who may audit: every attempt refused or let in, and entered; pages and links as well",
        (
            f"{SERVICE}/test_audit.py::*",
            f"{SERVICE}/test_audit_pages.py::*",
            "tests/e2e/test_auditors.py::*",
        ),
    ),
    Requirement(
        "who could read a room at each moment: members, guests, bans, users of the hub",
        (f"{AUDIT}/test_readership.py::*", f"{AUDIT}/test_reading.py::*"),
    ),
    Requirement(
        "content destroyed, proof held; a hold wins over retention",
        (f"{AUDIT}/test_retention.py::*",),
    ),
    Requirement(
        "members are told: on joining (status 170), in the description, by XEP-0504, in the lab",
        (
            "tests/ejabberd/test_reconcile.py::test_whoever_enters_a_recorded_chat_is_told_so*",
            "tests/e2e/test_recorded_room.py::*",
            "tests/server_extension/test_chat_list.py::test_a_room_says_by_which_policy*",
        ),
    ),
    Requirement(
        "the command line; verify as one file with Python alone",
        (f"{SERVICE}/test_audit_command.py::*",),
    ),
    Requirement(
        "it runs by itself: sequences, signs, tells a SIEM; its key outlives it",
        (f"{SERVICE}/test_record_keeper.py::*",),
    ),
    Requirement(
        "auditors' pages in a browser: by keyboard, light, dark, on a phone; axe-core: 0",
        (f"{BROWSER}/test_audit.py::*",),
    ),
    Requirement(
        "a notebook's time line: who changed what, differences, restore, roll back",
        (
            f"{BROWSER}/test_time_line.py::*",
            "tests/documents/test_time_line*.py::*",
            "tests/documents/test_reversal.py::test_what_*",
            "tests/documents/test_reversal.py::test_of_two_*",
            "tests/e2e/test_time_line.py::*",
        ),
    ),
)


def bench() -> Iterator[Outcome]:
    """What it costs beside the same load without it, and a million entries."""
    done = run(["make", "bench", "ARGS=ledger"], ROOT)
    lines = [line for line in done.stdout.splitlines() if line.startswith(("ok  ", "FAIL"))]
    for line in lines:
        name, _, figure = line[6:].partition(": ")
        yield Outcome(name, line.startswith("ok"), figure)
    if done.returncode and not any(line.startswith("FAIL") for line in lines):
        yield Outcome(
            "cost per message and per edit; 1,000,000 entries", good=False, figure="no result"
        )


PARTS = {"tests": lambda: tests(REQUIREMENTS), "bench": bench}

if __name__ == "__main__":
    sys.exit(main("accept-record", PARTS))
