"""A mark on the shelf of an account is a message of a room, or nothing."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from xmpp_bridge.chat.message import StanzaId
from xmpp_bridge.chat.read_marks import mark_to_xml, read_mark
from xmpp_bridge.xmpp.errors import BadPayloadError

ROOM = "orchard@rooms.montague.lit"


def item(room: str, *children: ET.Element) -> ET.Element:
    found = ET.Element("item", id=room)
    found.extend(children)
    return found


def test_a_mark_is_read_as_it_was_written() -> None:
    assert read_mark(item(ROOM, mark_to_xml(ROOM, StanzaId("1597")))) == (ROOM, "1597")


@pytest.mark.parametrize(
    "wrong",
    [
        item(ROOM),
        item("", mark_to_xml("", StanzaId("1597"))),
        item(ROOM, mark_to_xml("vault@rooms.montague.lit", StanzaId("1597"))),
        item(ROOM, mark_to_xml(ROOM, StanzaId("01597"))),
        item(ROOM, mark_to_xml(ROOM, StanzaId("a-uuid-of-an-account's-archive"))),
    ],
    ids=["empty", "no room", "another room's id", "no number", "no room's id"],
)
def test_what_names_no_message_of_the_room_is_refused(wrong: ET.Element) -> None:
    with pytest.raises(BadPayloadError):
        read_mark(wrong)
