# ruff: noqa: INP001 - a program for a terminal
"""`make accept-sharing`: every requirement of sharing, one line and one figure each.

Exits non-zero when one falls short: a test that fails, is skipped or is not there counts as that.
"""

import sys

from acceptance import Requirement, main, tests

E2E, FAULTS, SERVICE = "tests/e2e", "tests/faults", "tests/hub_service"

REQUIREMENTS = (
    Requirement(
        "an owner shares by name, with a group and by a link; each arrives in their own lab; viewer,"
        " editor, out: in the browser, on the real hub",
        ("tests/browser/test_sharing_journey.py::*",),
    ),
    Requirement(
        "the dialog, invitations, what a viewer cannot do, what was typed too late: in the browser",
        ("tests/browser/test_sharing.py::*",),
    ),
    Requirement(
        "all of it in any browser, for owners and for admins of the hub",
        (f"{SERVICE}/test_rooms_page.py::*",),
    ),
    Requirement(
        "links, invitations, locks and folders through people's own servers",
        (f"{E2E}/test_sharing.py::*", "tests/server_extension/test_sharing_handlers.py::*"),
    ),
    Requirement(
        "strangers are refused at every path",
        (f"{E2E}/test_access_table.py::test_a_stranger_*",),
    ),
    Requirement(
        "viewers and editors are refused what owners may, and servers what admins may",
        (f"{E2E}/test_access_table.py::test_a_viewer_and_an_editor_*",),
    ),
    Requirement(
        "former members come back by no password, link, token, file, IQ or archive",
        (
            f"{E2E}/test_access_table.py::test_whoever_was_in_*",
            f"{E2E}/test_access_table.py::test_an_app_password_*",
        ),
    ),
    Requirement(
        "a viewer's update, one in a locked document, a forged nick and component",
        (
            f"{E2E}/test_access_table.py::test_a_viewers_update_*",
            f"{E2E}/test_forged.py::*",
            f"{E2E}/test_viewer.py::*",
        ),
    ),
    Requirement(
        "presence: nothing of a room for who is not in it, by REST, websocket, MUC, IQ, PEP or probe",
        (f"{E2E}/test_presence_privacy.py::*",),
    ),
    Requirement(
        "old tokens, other tokens, another's server's token: no credential, no session",
        (
            f"{E2E}/test_identity.py::test_another_*",
            f"{E2E}/test_identity.py::test_a_stopped_*",
            f"{E2E}/test_identity.py::test_no_other_token_*",
            "tests/server_extension/test_sharing_handlers.py::test_a_visitor_*",
        ),
    ),
    Requirement("revoked in any way: out within a second", (f"{E2E}/test_revocation.py::*",)),
    Requirement(
        "links: role, end, uses, group, revocation; never used more often than they may",
        (f"{SERVICE}/test_links.py::*", f"{SERVICE}/test_sharing_handlers.py::*"),
    ),
    Requirement(
        "groups, shares, completion, invitations; a group that changes as it is let in",
        (f"{SERVICE}/test_access.py::*", "tests/rooms/test_groups_at_once.py::*"),
    ),
    Requirement(
        "what becomes of the files of whoever is taken out, as the owners chose; nothing is lost",
        (
            "tests/rooms/test_partings.py::*",
            "tests/server_extension/test_taking_back.py::*",
            f"{E2E}/test_sharing.py::test_the_file_of_whoever_is_taken_out_*",
        ),
    ),
    Requirement(
        "mute, ban, lock, hand over; a muted lab waits to be told",
        (f"{SERVICE}/test_moderation.py::*", "tests/server_extension/test_staying.py::*"),
    ),
    Requirement(
        "guests: in the chat alone, and never called as a member is",
        (f"{SERVICE}/test_guests.py::*", "tests/ejabberd/test_rooms.py::test_what_an_absent_*"),
    ),
    Requirement("screenshots in the docs", ("tests/test_docs.py::*",)),
    Requirement(
        "JupyterHub 5.5 and 6: shares and groups of the hub, at once",
        (f"{E2E}/test_hub_shares.py::*", f"{SERVICE}/test_following.py::*"),
    ),
    Requirement(
        "names that collide, rename, delete and make again: no inheritance",
        (f"{E2E}/test_names_of_people.py::*",),
    ),
    Requirement(
        "killed in the middle of every membership change: ejabberd equals the database",
        (
            f"{SERVICE}/test_membership_interrupted.py::*",
            f"{FAULTS}/test_membership_faults.py::*",
        ),
    ),
    Requirement(
        "10,000 users, 300 groups, 1,000 rooms; a group change of 500",
        (f"{E2E}/test_sharing_scale.py::*",),
    ),
)


if __name__ == "__main__":
    sys.exit(main("accept-sharing", {"sharing": lambda: tests(REQUIREMENTS)}))
