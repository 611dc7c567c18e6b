"""Which save the file on disk comes from, when the process died while it saved."""

from __future__ import annotations

from typing import Any

import pytest
from pycrdt import Doc, Text

from xmpp_bridge.documents.base import Base, Pending, base_of

BEFORE = "But soft, what light?\n"
TYPED = "But soft, what light through yonder window breaks?\n"


@pytest.fixture
def saves() -> tuple[Base, Base]:
    """The last save, and the one that was under way."""
    doc: Doc[Any] = Doc()
    text = doc.get("source", type=Text)
    text += BEFORE
    saved = Base(doc.get_update(), BEFORE)
    text.insert(BEFORE.index("?"), " through yonder window breaks")
    return saved, Base(doc.get_update(), TYPED)


def test_without_a_save_under_way_it_is_the_last_one(saves: tuple[Base, Base]) -> None:
    saved, _ = saves
    assert base_of("anything", saved, None, "file") is saved
    assert base_of("anything", None, None, "file") is None


@pytest.mark.parametrize("edit", ["", "It is the east.\n", "Arise, fair sun, and kill the moon.\n"])
def test_it_is_the_save_from_which_less_was_edited(saves: tuple[Base, Base], edit: str) -> None:
    saved, saving = saves
    pending = Pending(saving)
    assert base_of(TYPED + edit, saved, pending, "file") is saving
    assert base_of(BEFORE + edit, saved, pending, "file") is saved
    assert base_of(edit + BEFORE.replace("soft", "hark"), saved, pending, "file") is saved
    assert base_of(edit + TYPED.replace("soft", "hark"), saved, pending, "file") is saving


def test_a_file_that_was_never_saved_is_no_edit_of_the_document(saves: tuple[Base, Base]) -> None:
    _, saving = saves
    found = "Two households, both alike in dignity\n"
    pending = Pending(saving, before=found)
    assert base_of(found, None, pending, "file") is None
    assert base_of("", None, pending, "file") is None
    assert base_of(found + "In fair Verona\n", None, pending, "file") is None
    assert base_of(TYPED, None, pending, "file") is saving
    assert base_of(TYPED + "It is the east\n", None, pending, "file") is saving
