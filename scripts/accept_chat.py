# ruff: noqa: INP001 - a program for a terminal
"""`make accept-chat`: every requirement of a room's chat, one line and one figure each.

Exits non-zero when one falls short: a test that fails, is skipped or is not there counts as that.
"""

import re
import sys
from collections.abc import Iterator

from acceptance import ROOT, Outcome, Requirement, main, run, tests

E2E, BROWSER = "tests/e2e", "tests/browser"

REQUIREMENTS = (
    Requirement(
        "Chromium on a real hub, two labs, dark and light, axe-core clean: everything done to a message",
        (f"{BROWSER}/test_two_labs.py::test_everything_*",),
    ),
    Requirement(
        "Chromium on a real hub, two labs: files, searching, direct messages",
        (f"{BROWSER}/test_two_labs.py::test_files_*",),
    ),
    Requirement(
        "Chromium on a real hub, two labs: answers, corrections, a message about a cell opened by the other",
        (f"{BROWSER}/test_two_labs.py::test_one_writes_*",),
    ),
    Requirement(
        "the panel in JupyterLab: writing, keyboard, drafts without a connection, exactly once",
        (f"{BROWSER}/test_writing.py::*",),
    ),
    Requirement(
        "the panel in JupyterLab: paging back, unread, found messages, people, notifications",
        (f"{BROWSER}/test_reading.py::*",),
    ),
    Requirement(
        "cells that are talked about, and threads on them", (f"{BROWSER}/test_cells.py::*",)
    ),
    Requirement("light and dark, axe-core: no violation", (f"{BROWSER}/test_looks.py::*",)),
    Requirement("Notebook 7", (f"{BROWSER}/test_notebook7.py::*",)),
    Requirement(
        "200 messages while the service is killed five times: in order, once each",
        (f"{E2E}/test_chat_archive.py::test_200_messages_*[[]5]",),
    ),
    Requirement(
        "PostgreSQL stopped for a minute: editing goes on, nothing delivered is missing",
        (f"{E2E}/test_database_away.py::*[[]60]",),
    ),
    Requirement(
        "a cookie with a foreign Origin opens no socket",
        (f"{BROWSER}/test_two_labs.py::test_a_page_of_somebody_else_*",),
    ),
    Requirement(
        "a lab that no hub has started says why there is no chat", (f"{BROWSER}/test_idle.py::*",)
    ),
    Requirement(
        "what is written without a connection is sent once, by a real lab",
        (f"{E2E}/test_chat.py::test_what_is_written_without_*",),
    ),
    Requirement(
        "what is read in the lab is read on the phone, and the other way round (XEP-0490)",
        (f"{E2E}/test_own_clients.py::test_what_is_read_*",),
    ),
    Requirement(
        "forged delay, occupant-id, stanza-id, nick, correction, retraction: refused",
        (f"{E2E}/test_chat_archive.py::test_nobody_speaks_in_anothers_name",),
    ),
    Requirement(
        "a hostile sender over the real stack: the panel stays itself, no request leaves, no log holds a body",
        (f"{BROWSER}/test_hostile_sender.py::*",),
    ),
    Requirement(
        "a hostile server: nothing runs, nothing is fetched", (f"{BROWSER}/test_hostile.py::*",)
    ),
    Requirement(
        "search over SQLite and PostgreSQL: operators, phrases, CJK, explained errors, only readable rooms",
        (
            "tests/archive/test_search.py::*",
            "tests/archive/test_query.py::*",
            "tests/hub_service/test_finding.py::*",
        ),
    ),
    Requirement(
        "files: for members only, whole or not at all, harmless in a browser",
        ("tests/hub_service/test_uploads.py::*", f"{E2E}/test_chat.py::test_a_file_*"),
    ),
    Requirement(
        "files of other clients (XEP-0363): found, put once, for the members of the room they are said in",
        ("tests/hub_service/test_slots.py::*", f"{E2E}/test_slots.py::*"),
    ),
    Requirement(
        "a message from push to paint, in a room of 1,000 and of 100,000",
        (f"{BROWSER}/test_paint.py::*",),
    ),
)


def bench() -> Iterator[Outcome]:
    """What is measured, beside what it is to be compared with."""
    for part, name in (
        ("search", "search over 1,000,000 messages in 500 rooms, beside SQL by hand"),
        ("archive", "archived and searchable messages a second, beside ejabberd with MAM alone"),
    ):
        done = run(["make", "bench", f"ARGS={part}"], ROOT)
        figure = next(
            (
                line
                for line in reversed(done.stdout.splitlines())
                if re.search(r"\(at (most|least)", line)
            ),
            "no result",
        )
        yield Outcome(name, done.returncode == 0, figure)


PARTS = {"tests": lambda: tests(REQUIREMENTS), "bench": bench}

if __name__ == "__main__":
    sys.exit(main("accept-chat", PARTS))
