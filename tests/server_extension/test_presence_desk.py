"""What the owner's tabs do becomes presence; what the service says of others goes to the tabs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from slixmpp import JID
from slixmpp.stanza import Message, Presence

from tests.server_extension.test_session import credential
from xmpp_bridge.presence.announcement import (
    Announcement,
    Ask,
    At,
    PeopleNews,
    PersonNews,
    news_to_xml,
    read_announcement,
    read_condition,
)
from xmpp_bridge.presence.condition import Choice, Condition, Device, Show
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension.chat_desk import ChatDesk
from xmpp_bridge.server_extension.frames import Activity, Frame
from xmpp_bridge.server_extension.presence_desk import PresenceDesk
from xmpp_bridge.server_extension.session import Session
from xmpp_bridge.xmpp.stream import Stream

NOON = datetime(1997, 7, 16, 12, tzinfo=UTC)
SERVICE = "xmpp-bridge@bridge.montague.lit"
AT = At(DocumentId("d" * 32), "c1", 1)
JULIET = PersonNews(
    "juliet", "Juliet", "juliet@montague.lit", Show.AWAY, (Device.LAB,), NOON, (), None
)


class Sent(Presence):
    """Is kept when it is sent."""

    kept: list[Any]

    def send(self) -> None:
        self.kept.append(self.xml)


class FakeStream:
    """A stream that keeps what is said on it."""

    default_ns = "jabber:client"

    def __init__(self) -> None:
        self.sent: list[ET.Element] = []
        self.shown: list[ET.Element] = []
        """To everybody who has the account among their contacts."""

    def register_handler(self, _handler: object) -> None: ...

    def is_connected(self) -> bool:
        return True

    def make_presence(self, pto: JID | None = None) -> Sent:
        presence = Sent()
        presence.kept = self.sent if pto else self.shown
        if pto:
            presence["to"] = pto
        return presence


class FakeChat:
    """The rooms, and what all tabs are told."""

    def __init__(self) -> None:
        self.hides = False
        self.condition: Condition | None = None
        self.told: list[Frame] = []

    def announce(self, condition: Condition) -> None:
        self.condition = condition

    def is_service(self, jid: str) -> bool:
        return jid == SERVICE

    def tell(self, frame: Frame) -> None:
        self.told.append(frame)


class FakeSession:
    credential = credential()


class Tab:
    def __init__(self) -> None:
        self.told: list[Frame] = []

    def tell(self, frame: Frame) -> None:
        self.told.append(frame)


class Lab:
    """A desk with all that is around it."""

    def __init__(self) -> None:
        self.chat, self.stream = FakeChat(), FakeStream()
        self.desk = PresenceDesk(
            cast("Session", FakeSession()), cast("ChatDesk", self.chat), lambda: NOON
        )
        self.desk.listen(cast("Stream", self.stream))

    def hears(self, news: PeopleNews | Ask, sender: str = SERVICE) -> None:
        message = Message()  # type: ignore[no-untyped-call]
        message["from"], message["type"] = JID(sender), "headline"
        message.xml.append(news_to_xml(news))
        self.desk._on_message(message)

    def says(self) -> tuple[Condition, Announcement] | None:
        """What it says to the service now, if anything."""
        self.stream.sent.clear()
        self.desk._announce()
        if not self.stream.sent:
            return None
        (presence,) = self.stream.sent
        announcement = read_announcement(presence)
        assert announcement is not None
        return read_condition(presence), announcement


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.hears(PeopleNews(whole=True, people=(JULIET,), choice=Choice.AUTO))
    lab.says()
    return lab


def test_nobody_is_there_before_it_is_known_whether_they_hide() -> None:
    lab, tab = Lab(), Tab()
    lab.desk.opened(tab)
    lab.desk.active(tab, Activity(0, AT))
    assert lab.says() == (Condition(Show.ABSENT, Device.LAB), Announcement(None, watches=True))
    lab.hears(PeopleNews(whole=True, people=(), choice=Choice.AUTO))
    assert lab.says() == (Condition(Show.AVAILABLE, Device.LAB), Announcement(AT, watches=True))
    assert lab.chat.condition == Condition(Show.AVAILABLE, Device.LAB)


def test_who_closes_the_browser_is_not_there(lab: Lab) -> None:
    tab = Tab()
    lab.desk.opened(tab)
    lab.says()
    lab.desk.closed(tab)
    assert lab.says() == (Condition(Show.ABSENT, Device.LAB), Announcement(None, watches=False))


def test_who_does_nothing_in_any_tab_is_idle(lab: Lab) -> None:
    one, two = Tab(), Tab()
    lab.desk.opened(one)
    lab.desk.opened(two)
    lab.desk.active(one, Activity(300, None))
    assert lab.says() == (Condition(Show.AVAILABLE, Device.LAB), Announcement(None, watches=True))
    lab.desk.active(two, Activity(600, AT))
    said = lab.says()
    assert said is not None
    assert said[0].show is Show.AWAY
    assert lab.says() is None, "nothing new, nothing said"


def test_contacts_are_shown_the_same_and_only_what_is_new(lab: Lab) -> None:
    assert [read_condition(each).show for each in lab.stream.shown] == [Show.ABSENT]
    tab = Tab()
    lab.desk.opened(tab)
    lab.desk.active(tab, Activity(0, None))
    lab.says()
    lab.desk.active(tab, Activity(0, AT))
    assert lab.says() is not None, "news for the service"
    lab.hears(PeopleNews(whole=False, people=(), choice=Choice.HIDDEN))
    lab.says()
    shown = [read_condition(each) for each in lab.stream.shown]
    assert [each.show for each in shown] == [Show.ABSENT, Show.AVAILABLE, Show.ABSENT]
    assert shown[0] == shown[2], "who hides looks as who has closed the browser"
    assert all(read_announcement(each) is None for each in lab.stream.shown)


def test_who_hides_says_nothing_of_where_they_are(lab: Lab) -> None:
    tab = Tab()
    lab.desk.opened(tab)
    lab.desk.active(tab, Activity(0, AT))
    lab.says()
    lab.hears(PeopleNews(whole=False, people=(), choice=Choice.HIDDEN))
    assert lab.says() == (Condition(Show.ABSENT, Device.LAB), Announcement(None, watches=True))
    assert lab.chat.hides


def test_a_service_that_has_forgotten_is_told_again(lab: Lab) -> None:
    assert lab.says() is None
    lab.hears(Ask())
    assert lab.says() is not None


def test_a_tab_is_told_of_everybody_and_then_of_what_changes(lab: Lab) -> None:
    tab = Tab()
    lab.desk.opened(tab)
    (frame,) = tab.told
    assert frame["whole"]
    assert [each["username"] for each in frame["people"]] == ["juliet"]
    lab.hears(PeopleNews(whole=False, people=(), gone=("juliet",)))
    assert lab.chat.told[-1]["gone"] == ["juliet"]
    late = Tab()
    lab.desk.opened(late)
    assert late.told[0]["people"] == []


def test_nobody_but_the_service_is_believed(lab: Lab) -> None:
    before = len(lab.chat.told)
    lab.hears(PeopleNews(whole=True, people=()), sender="juliet@montague.lit/jupyter")
    assert len(lab.chat.told) == before
