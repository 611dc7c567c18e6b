from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmpp_bridge.chat.bookmarks import (
    NATIVE,
    STORAGE,
    Bookmark,
    Changes,
    changed_storage,
    changes,
    conference_to_xml,
    read_conference,
    read_storage,
)
from xmpp_bridge.xmpp.errors import BadPayloadError

ORCHARD = Bookmark("orchard@rooms.montague.lit", "Capulet's orchard", "Romeo")
FOREIGN = Bookmark("pub@rooms.example", "The Boars Head", "Falstaff", autojoin=False)


def listed(*bookmarks: Bookmark) -> dict[str, Bookmark]:
    return {each.room: each for each in bookmarks}


def made(there: dict[str, Bookmark], done: Changes) -> dict[str, Bookmark]:
    after = {**there, **listed(*done.put)}
    return {room: each for room, each in after.items() if room not in done.remove}


def test_a_new_room_is_put_there_and_others_stay() -> None:
    done = changes(listed(ORCHARD), listed(FOREIGN), {})
    assert done == Changes((ORCHARD,), (), {ORCHARD.room: ORCHARD.name})


def test_a_room_that_is_left_goes_and_one_that_was_not_ours_stays() -> None:
    done = changes({}, listed(ORCHARD, FOREIGN), {ORCHARD.room: ORCHARD.name})
    assert done == Changes((), (ORCHARD.room,), {})


def test_what_its_owner_took_out_stays_out() -> None:
    given_ = {ORCHARD.room: ORCHARD.name}
    assert changes(listed(ORCHARD), {}, given_) == Changes((), (), given_)


def test_a_renamed_room_is_renamed_and_keeps_what_its_owner_changed() -> None:
    theirs = Bookmark(ORCHARD.room, ORCHARD.name, "Ro", autojoin=False)
    now = Bookmark(ORCHARD.room, "Orchard", "Romeo")
    done = changes(listed(now), listed(theirs), {ORCHARD.room: ORCHARD.name})
    assert done.put == (Bookmark(ORCHARD.room, "Orchard", "Ro", autojoin=False),)


def test_a_name_that_its_owner_gave_stays() -> None:
    theirs = Bookmark(ORCHARD.room, "Where she lives", "Romeo")
    now = Bookmark(ORCHARD.room, "Orchard", "Romeo")
    assert changes(listed(now), listed(theirs), {ORCHARD.room: ORCHARD.name}).put == ()


rooms = st.sampled_from([f"r{number}@rooms.montague.lit" for number in range(4)])
bookmarks = st.builds(Bookmark, rooms, st.sampled_from("abc"), st.just("Romeo"), st.booleans())
lists = st.lists(bookmarks).map(lambda each: listed(*each))


@given(wanted=lists, there=lists, given_=st.dictionaries(rooms, st.sampled_from("abc")))
def test_done_once_there_is_nothing_left_to_do(
    wanted: dict[str, Bookmark], there: dict[str, Bookmark], given_: dict[str, str]
) -> None:
    done = changes(wanted, there, given_)
    again = changes(wanted, made(there, done), done.given)
    assert (again.put, again.remove, again.given) == ((), (), done.given)


def test_what_others_keep_in_a_bookmark_stays() -> None:
    item = ET.fromstring(
        f"<item id='{ORCHARD.room}'><conference xmlns='{NATIVE}' name='Old' autojoin='1'><nick>Ro</nick>"
        "<extensions><x xmlns='urn:other'/></extensions></conference></item>"
    )
    assert read_conference(item) == Bookmark(ORCHARD.room, "Old", "Ro")
    new = ET.Element("item", id=ORCHARD.room)
    new.append(conference_to_xml(ORCHARD, item))
    assert read_conference(new) == ORCHARD
    assert new.find(f"{{{NATIVE}}}conference/{{{NATIVE}}}extensions/{{urn:other}}x") is not None


@pytest.mark.parametrize("item", ["<item id='x'/>", f"<item><conference xmlns='{NATIVE}'/></item>"])
def test_what_is_no_bookmark_is_refused(item: str) -> None:
    with pytest.raises(BadPayloadError):
        read_conference(ET.fromstring(item))


def test_an_older_clients_list_keeps_everything_else() -> None:
    storage = ET.fromstring(
        f"<storage xmlns='{STORAGE}'><url name='x' url='https://x'/>"
        f"<conference jid='{FOREIGN.room}' name='{FOREIGN.name}' autojoin='false'><nick>Falstaff</nick>"
        "<password>sack</password></conference>"
        f"<conference jid='left@rooms.montague.lit' name='Left'/><conference/></storage>"
    )
    there = read_storage(storage)
    done = changes(listed(ORCHARD), there, {"left@rooms.montague.lit": "Left"})
    new = changed_storage(storage, done)
    assert read_storage(new) == listed(FOREIGN, ORCHARD)
    assert new.findtext(f".//{{{STORAGE}}}password") == "sack"
    assert new.find(f"{{{STORAGE}}}url") is not None
