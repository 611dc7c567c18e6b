"""A browser's edit goes out before the Doc has it, and once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pycrdt import Doc, Map, Text

from tests.documents.test_replica import Stage
from xmpp_bridge.documents.local_state import read_local


@pytest.fixture
def romeo() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.replica.close()


def edited(tab: Doc[Any], words: str) -> bytes:
    """What somebody types at the end of the text in a tab, as the tab tells it."""
    updates: list[bytes] = []
    subscription = tab.observe(lambda event: updates.append(event.update))
    tab["source"] += words
    tab.unobserve(subscription)
    return updates[0]


def heard(stage: Stage) -> Doc[Any]:
    """What others make of all that was sent."""
    others: Doc[Any] = Doc()
    for update in stage.sent:
        others.apply_update(update)
    return others


@pytest.fixture
def tab(romeo: Stage) -> Doc[Any]:
    """A tab of Romeo's in which he has typed before."""
    tab: Doc[Any] = Doc(client_id=1597)
    tab["source"] = Text()
    romeo.replica.take(edited(tab, "But soft"))
    return tab


def test_a_browsers_edit_goes_out_once_and_before_the_doc_has_it(
    romeo: Stage, tab: Doc[Any]
) -> None:
    before: list[str] = []

    def send(update: bytes, says: bool) -> None:  # noqa: FBT001 - the replica's
        before.append(str(romeo.text))
        romeo.send(update, says)

    romeo.replica._on_typed = send
    edit = edited(tab, ", what light")
    romeo.replica.take(edit)
    assert before == ["But soft"]
    assert str(romeo.text) == "But soft, what light"
    assert romeo.sent[1:] == romeo.memory.kept[1:] == [edit]


def test_what_a_tab_says_of_the_file_goes_out_with_nothing_but_its_clock(
    romeo: Stage, tab: Doc[Any]
) -> None:
    romeo.replica.set_local(path="orchard.ipynb", dirty=False)
    tab.apply_update(romeo.doc.get_update(tab.get_state()))
    before = tab.get_state()
    with tab.transaction():
        tab.get("state", type=Map)["dirty"] = True
        tab["source"] += ", what light"
    romeo.replica.take(tab.get_update(before))
    romeo.replica.take(edited(tab, " through yonder window"))
    assert read_local(romeo.doc) == {"path": "orchard.ipynb", "dirty": True}
    benvolio = heard(romeo)
    assert str(benvolio.get("source", type=Text)) == str(romeo.text)
    assert str(romeo.text) == "But soft, what light through yonder window"
    assert read_local(benvolio) == {}
    assert len(romeo.sent) == 3


def test_an_edit_that_is_there_already_or_lacks_something_waits_for_the_doc(
    romeo: Stage, tab: Doc[Any]
) -> None:
    first, second = edited(tab, ", what"), edited(tab, " light")
    romeo.replica.take(second)
    assert romeo.sent[1:] == []
    romeo.replica.take(first)
    romeo.replica.take(first)
    assert str(romeo.text) == "But soft, what light"
    assert str(heard(romeo).get("source", type=Text)) == "But soft, what light"


def test_an_edit_amid_what_a_kernel_writes_reaches_others_whole(
    romeo: Stage, tab: Doc[Any]
) -> None:
    with romeo.doc.transaction():
        romeo.text.insert(0, "ROMEO: ")
        romeo.replica.take(edited(tab, ", what light"))
    assert str(heard(romeo).get("source", type=Text)) == "ROMEO: But soft, what light"


def test_what_a_viewer_or_somebody_elses_client_types_is_not_ahead(
    romeo: Stage, tab: Doc[Any]
) -> None:
    romeo.replica.read_only = True
    romeo.replica.take(edited(tab, ", what light"))
    assert romeo.sent[1:] == []
    romeo.replica.read_only = False
    romeo.replica.learn_others([1597])
    romeo.replica.take(edited(tab, " through yonder window"))
    assert romeo.sent[1:] == []
