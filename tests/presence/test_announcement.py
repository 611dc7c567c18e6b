"""Presence as stanzas: what is written is read, and what is spoilt is refused or was not said."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from xmpp_bridge.presence.announcement import (
    PRESENCE,
    Announcement,
    Ask,
    At,
    PeopleNews,
    PersonNews,
    announcement_to_xml,
    condition_to_xml,
    news_to_xml,
    read_announcement,
    read_at,
    read_caps,
    read_condition,
    read_news,
)
from xmpp_bridge.presence.condition import Choice, Condition, Device, Show
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BadPayloadError

NOON = datetime(1997, 7, 16, 12, tzinfo=UTC)
DOCUMENT = DocumentId("d" * 32)
JULIET = PersonNews(
    "juliet",
    "Juliet Capulet",
    "juliet@montague.lit",
    Show.AWAY,
    (Device.LAB, Device.PHONE),
    NOON,
    ("1" * 32,),
    At(DOCUMENT, "c-1", 3),
)


def stanza(inside: str = "") -> ET.Element:
    return ET.fromstring(f"<presence xmlns='jabber:client'>{inside}</presence>")


def around(*elements: ET.Element) -> ET.Element:
    whole = stanza()
    whole.extend(elements)
    return ET.fromstring(ET.tostring(whole))


@pytest.mark.parametrize(
    "condition",
    [
        Condition(Show.AVAILABLE, Device.LAB),
        Condition(Show.AWAY, Device.LAB, NOON),
        Condition(Show.ABSENT, Device.OTHER),
        Condition(Show.DND, Device.LAB),
    ],
)
def test_a_condition_comes_back(condition: Condition) -> None:
    assert read_condition(around(*condition_to_xml(condition, "jabber:client"))) == condition


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("<show>chat</show>", Condition(Show.AVAILABLE, Device.PHONE)),
        ("<show>here</show>", Condition(Show.AVAILABLE, Device.PHONE)),
        ("<show> xa </show>", Condition(Show.ABSENT, Device.PHONE)),
        ("<idle xmlns='urn:xmpp:idle:1' since='soon'/>", Condition(Show.AVAILABLE, Device.PHONE)),
        (
            "<idle xmlns='urn:xmpp:idle:1' since='1997-07-16T12:00:00'/>",
            Condition(Show.AVAILABLE, Device.PHONE),
        ),
        (
            "<idle xmlns='urn:xmpp:idle:1' since='1997-07-16T13:00:00+01:00'/>",
            Condition(Show.AVAILABLE, Device.PHONE, NOON),
        ),
    ],
)
def test_another_client_says_it_in_its_own_way(inside: str, told: Condition) -> None:
    assert read_condition(stanza(inside), Device.PHONE) == told


def test_what_a_client_can_is_named_or_not() -> None:
    caps = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>"
    assert read_caps(stanza(caps)) == ("sha-1", "n", "v")
    assert read_caps(stanza("<c xmlns='http://jabber.org/protocol/caps' ver='v'/>")) is None
    assert read_caps(stanza()) is None


@pytest.mark.parametrize(
    "announcement",
    [
        Announcement(None, watches=True),
        Announcement(At(DOCUMENT, "c1", 7), watches=False),
        Announcement(At(DOCUMENT, "", 0), watches=False),
    ],
)
def test_an_announcement_comes_back(announcement: Announcement) -> None:
    assert read_announcement(around(announcement_to_xml(announcement))) == announcement


def test_news_come_back() -> None:
    news = PeopleNews(whole=True, people=(JULIET,), gone=("paris",), choice=Choice.AWAY)
    assert read_news(around(news_to_xml(news))) == news
    assert read_news(around(news_to_xml(Ask()))) == Ask()
    assert read_news(stanza("<body>hello</body>")) is None


@pytest.mark.parametrize(
    "inside",
    [
        "<person name='j' display-name='J' jid='j@x' show='dancing'/>",
        "<person name='j' display-name='J' jid='j@x' show='away' devices='toaster'/>",
        "<person name='' display-name='J' jid='j@x' show='away'/>",
        f"<person name='j' display-name='{'J' * 1021}' jid='j@x' show='away'/>",
        "<person name='j' display-name='J' jid='j@x' show='away'><at document='x' number='1'/></person>",
        "<gone/>",
        "<gone name='x'/>" * 201,
    ],
)
def test_spoilt_news_are_refused(inside: str) -> None:
    with pytest.raises(BadPayloadError):
        read_news(stanza(f"<people xmlns='{PRESENCE}'>{inside}</people>"))
    with pytest.raises(BadPayloadError):
        read_news(stanza(f"<people xmlns='{PRESENCE}' choice='loud'/>"))


@pytest.mark.parametrize(
    "place",
    [
        (None, "c", 1),
        (DOCUMENT, None, 1),
        (DOCUMENT, "c d", 1),
        (DOCUMENT, "c", -1),
        (DOCUMENT, "c", "1e3"),
        (DOCUMENT, "c", 10**9),
        (DOCUMENT, "c", True),
        ("../x", "c", 1),
    ],
)
def test_a_place_that_is_none_is_refused(place: tuple[object, object, object]) -> None:
    with pytest.raises(BadPayloadError):
        read_at(*place)
