# ruff: noqa: INP001 - a program for a terminal
"""`make accept-clients`: every requirement of other XMPP clients, one line and one figure each.

Exits non-zero when one falls short: a test that fails, is skipped or is not there counts as that.
"""

import sys

from acceptance import Requirement, main, tests

E2E = "tests/e2e"
TALK = f"{E2E}/test_other_clients.py::test_somebody_with_a_client_*"

REQUIREMENTS = (
    Requirement(
        "go-sendxmpp, direct TLS: what it writes is in the panel and in search, all the lab says reads well",
        (f"{TALK}[[]go-sendxmpp]", f"{E2E}/test_other_clients.py::test_what_a_script_*"),
    ),
    Requirement("profanity in a terminal: the same, with old messages", (f"{TALK}[[]profanity]",)),
    Requirement("poezio in a terminal: the same, from its archive", (f"{TALK}[[]poezio]",)),
    Requirement(
        "Converse.js in Chromium over websocket: the same, from its archive",
        (f"{TALK}[[]converse]",),
    ),
    Requirement(
        "what the lab says, read by somebody who sees bodies only; what is encrypted says so",
        ("tests/chat/test_fallbacks.py::*", "tests/chat/test_encryption.py::*"),
    ),
    Requirement(
        "rooms are found by themselves: bookmarks of both kinds, an invitation, a link",
        (
            f"{E2E}/test_own_clients.py::test_another_client_finds_*",
            f"{E2E}/test_own_clients.py::test_whoever_is_let_*",
            "tests/hub_service/test_invitations.py::*",
            "tests/hub_service/test_client_invitation.py::*",
        ),
    ),
    Requirement(
        "the pages: an invitation, an app password, on a phone and in the dark; axe has nothing against them",
        ("tests/browser/test_client_pages.py::*",),
    ),
    Requirement(
        "websockets and direct TLS: the same rules as any other way in, and nothing else behind that port",
        ("tests/ejabberd/test_endpoints.py::*",),
    ),
    Requirement("XEP-0479: the table in docs/compliance.md", (f"{E2E}/test_compliance.py::*",)),
    Requirement(
        "a revoked app password: every connection is gone within a second",
        (f"{E2E}/test_app_passwords.py::test_a_client_logs_in_stays_*",),
    ),
    Requirement(
        "app passwords: shown once, kept as argon2 hashes, useless to whoever reads the database",
        ("tests/hub_service/test_app_passwords.py::*", "tests/accounts/test_app_password.py::*"),
    ),
    Requirement(
        "guessing is stopped, and its owner is told",
        (
            f"{E2E}/test_app_passwords.py::test_guessing_*",
            f"{E2E}/test_brute_force.py::*",
        ),
    ),
    Requirement(
        "a flood of 1,000 messages a second, and one of 1 MB messages: everybody else's chat and editing",
        (f"{E2E}/test_flood.py::*",),
    ),
    Requirement(
        "limits per account: messages, rooms, app passwords, files, sizes; none for Jupyter servers",
        (
            "tests/hub_service/test_floods.py::*",
            "tests/hub_service/test_quotas.py::*",
            "tests/hub_service/test_slots.py::*",
            "tests/ejabberd/test_config.py::*",
        ),
    ),
    Requirement(
        "in a room without the lab: commands, digests, search", (f"{E2E}/test_room_commands.py::*",)
    ),
    Requirement("federation is off, or for chosen domains", (f"{E2E}/test_federation.py::*",)),
    Requirement("names and avatars as vCards", (f"{E2E}/test_identity_cards.py::*",)),
)

PARTS = {"tests": lambda: tests(REQUIREMENTS)}

if __name__ == "__main__":
    sys.exit(main("accept-clients", PARTS))
