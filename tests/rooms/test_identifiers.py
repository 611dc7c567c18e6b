from __future__ import annotations

import pytest

from xmpp_bridge.accounts.jid import nodeprep
from xmpp_bridge.rooms.identifiers import (
    new_document_id,
    new_room_id,
    read_document_id,
    read_document_name,
    read_room_id,
    read_room_name,
)
from xmpp_bridge.xmpp.errors import BadPayloadError


def test_ids_are_localparts_and_can_be_read_again() -> None:
    room, document = new_room_id(), new_document_id()

    assert nodeprep(room) == read_room_id(room) == room
    assert nodeprep(document) == read_document_id(document) == document


@pytest.mark.parametrize("text", ["", "orchard", "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n"])
def test_nothing_else_is_an_id(text: str) -> None:
    with pytest.raises(BadPayloadError):
        read_room_id(text)
    with pytest.raises(BadPayloadError):
        read_document_id(text)


@pytest.mark.parametrize("name", ["Orchard", "果樹園", "👩\u200d🔬 Verona", "a/b", "x" * 200])
def test_people_may_call_a_room_as_they_like(name: str) -> None:
    assert read_room_name(name) == name


def test_names_are_compared_as_people_see_them() -> None:
    assert read_room_name("  Rome\u0301o ") == "Rom\u00e9o"


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 201, "a\nb", "a\0b", "a\x7fb", "a\u2028b", "\ud800", "x\u202etxt.exe"]
)
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(BadPayloadError):
        read_room_name(name)
    with pytest.raises(BadPayloadError):
        read_document_name(name)


@pytest.mark.parametrize("name", [".", "..", "../x.ipynb", "/etc/passwd", "a/b", r"a\b"])
def test_a_document_is_not_named_like_a_path(name: str) -> None:
    with pytest.raises(BadPayloadError):
        read_document_name(name)
