"""What people are told of their documents: nothing of a keystroke, everything that lasts."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from xmpp_bridge.documents.backlog import NOTHING_UNSAVED, Unsaved
from xmpp_bridge.documents.shared_file import Link
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.server_extension.document_states import (
    PATIENCE,
    SLOW,
    DocumentStates,
    Seen,
    Standing,
    Status,
    Told,
)
from xmpp_bridge.xmpp.errors import BridgeError, ForbiddenError, UnavailableError

DOCUMENT = DocumentId("d" * 32)
LINK = Link(
    DOCUMENT, "1" * 32, "f", "daylight.ipynb", "notebook", "json", creator=False, role=Role.EDITOR
)
LIVE = Seen(LINK, "daylight.ipynb", "live", NOTHING_UNSAVED, None)
AWAY = UnavailableError("the XMPP server does not answer")
STEP = 0.1
FRAMES = json.loads((Path(__file__).parents[1] / "frames" / "server.json").read_text())


@dataclass
class Watch:
    """Ten looks a second at one document, and what was told."""

    now: float = 100.0

    def __post_init__(self) -> None:
        self.states = DocumentStates()
        self.told: list[Told] = []

    def see(self, seen: Seen, during: float = 0.0) -> Standing:
        end = self.now + during
        while True:
            _, news = self.states.look(self.now, [seen])
            self.told += news
            if self.now >= end:
                return self.states.told[DOCUMENT].standing
            self.now += STEP

    def see_unsaved(self, put: int, edits: int, during: float = 0.0) -> Standing:
        return self.see(replace(LIVE, unsaved=Unsaved(put, edits, edits * 20)), during)


def test_what_is_live_with_nothing_to_wait_for_is_saved_at_the_first_look() -> None:
    watch = Watch()
    assert watch.see(LIVE) == Standing(Status.SAVED, 100.0)
    assert [told.standing.status for told in watch.told] == [Status.SAVED]


def test_nobody_is_told_of_keystrokes_that_become_durable_in_time() -> None:
    watch = Watch()
    watch.see(LIVE)
    for key in range(1, 600):  # a minute; at every look the newest two are on their way
        watch.see_unsaved(put=key + 1, edits=2)
        watch.now += STEP
    watch.see_unsaved(put=600, edits=0)
    assert len(watch.told) == 1


def test_what_says_nothing_may_wait_as_long_as_the_outbox_lets_it() -> None:
    watch = Watch()
    watch.see(LIVE)
    assert watch.see_unsaved(put=1, edits=1, during=2.1).status is Status.SAVED


def test_what_is_late_is_told_with_how_much_and_since_when_and_good_news_at_once() -> None:
    watch = Watch()
    watch.see(LIVE)
    began = watch.now
    assert watch.see_unsaved(put=3, edits=3, during=SLOW - STEP).status is Status.SAVED
    late = watch.see_unsaved(put=4, edits=4, during=2 * STEP)
    assert late == Standing(Status.WAITING, began, 4, 80)
    assert watch.see_unsaved(put=4, edits=0).status is Status.SAVED


def test_a_room_that_stays_slow_does_not_flicker() -> None:
    watch = Watch()
    watch.see(LIVE)
    watch.see_unsaved(put=1, edits=1, during=SLOW + STEP)
    watch.told.clear()
    for done in range(1, 10):  # each batch is durable only when the next one has waited for long
        watch.see_unsaved(put=done + 1, edits=1, during=SLOW + STEP)
    assert {told.standing.status for told in watch.told} <= {Status.WAITING}


def test_a_room_that_is_quick_again_is_said_to_be_while_somebody_types() -> None:
    watch = Watch()
    watch.see(LIVE)
    watch.see_unsaved(put=1, edits=1, during=SLOW + STEP)
    for key in range(2, 6):
        watch.see_unsaved(put=key, edits=1)
        watch.now += STEP
    assert watch.states.told[DOCUMENT].standing.status is Status.SAVED


def test_a_place_that_is_taken_again_at_once_was_never_lost() -> None:
    watch = Watch()
    watch.see(LIVE)
    watch.see(replace(LIVE, state="offline", trouble=AWAY), PATIENCE / 2)
    watch.see(replace(LIVE, state="syncing"), PATIENCE / 4)
    watch.see(LIVE)
    assert len(watch.told) == 1


def test_without_a_room_one_reads_why_and_what_is_kept() -> None:
    watch = Watch()
    watch.see(LIVE)
    lost = replace(LIVE, state="offline", trouble=AWAY)
    began = watch.now
    watch.see(lost, PATIENCE)
    trouble = ("service-unavailable", "the XMPP server does not answer")
    assert watch.see(lost) == Standing(Status.RECONNECTING, began, trouble=trouble)
    typed = replace(lost, unsaved=Unsaved(3, 3, 60))
    told = watch.see(typed, PATIENCE + STEP)
    assert (told.status, told.edits, told.size) == (Status.WAITING, 3, 60)


@pytest.mark.parametrize(
    ("state", "trouble", "status"),
    [
        ("live", AWAY, Status.RECONNECTING),
        ("live", ForbiddenError("an edit was refused"), Status.SAVED),
        ("offline", AWAY, Status.RECONNECTING),
        ("syncing", None, Status.RECONNECTING),
        ("waiting", None, Status.OPENING),
        ("waiting", AWAY, Status.OPENING),
        ("waiting", ForbiddenError("you are no member"), Status.REFUSED),
        ("refused", ForbiddenError("you are no member"), Status.REFUSED),
        ("file-missing", None, Status.FILE_MISSING),
        ("asleep", None, Status.SAVED),
    ],
)
def test_every_state_is_one_status(state: str, trouble: BridgeError | None, status: Status) -> None:
    seen = replace(LIVE, state=state, trouble=trouble)
    assert Watch().see(seen, PATIENCE + STEP).status is status


def test_an_edit_that_the_room_refuses_is_not_said_to_be_on_its_way() -> None:
    watch = Watch()
    refused = replace(
        LIVE, unsaved=Unsaved(1, 1, 20), trouble=ForbiddenError("an edit was refused: not yours")
    )
    told = watch.see(refused, SLOW + STEP)
    assert told.status is Status.REFUSED
    assert told.trouble == ("forbidden", "an edit was refused: not yours")


def test_a_new_role_and_a_new_name_are_told_at_once() -> None:
    watch = Watch()
    watch.see(LIVE)
    watch.see(replace(LIVE, link=replace(LINK, role=Role.VIEWER)))
    watch.see(replace(LIVE, path="night.ipynb"))
    assert [(told.role, told.path) for told in watch.told[1:]] == [
        (Role.VIEWER, "daylight.ipynb"),
        (Role.EDITOR, "night.ipynb"),
    ]


def test_the_panel_knows_every_field_that_is_told() -> None:
    watch = Watch()
    watch.see(LIVE)
    (known,) = [frame for frame in FRAMES if frame["kind"] == "document"]
    told = watch.told[0].to_json(lambda _: "2026-11-20T09:01:00+00:00")
    assert told.keys() == known["document"].keys()


def test_documents_that_come_and_go_are_told_apart_from_those_that_change() -> None:
    states = DocumentStates()
    assert states.look(0.0, [LIVE])[0]
    assert not states.look(1.0, [LIVE])[0]
    assert states.look(2.0, []) == (True, [])
    assert states.told == {}
