"""The owner's presence as their browser tabs make it, and the people around them for these tabs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.presence.announcement import (
    Announcement,
    Ask,
    At,
    PeopleNews,
    PersonNews,
    announcement_to_xml,
    condition_to_xml,
    read_news,
)
from xmpp_bridge.presence.condition import Choice, Condition, Device, Show, announced
from xmpp_bridge.presence.condition import Tab as TabCondition
from xmpp_bridge.presence.json import person_json
from xmpp_bridge.server_extension import frames
from xmpp_bridge.server_extension.chat_desk import ChatDesk, Tab
from xmpp_bridge.server_extension.frames import Frame
from xmpp_bridge.server_extension.session import Session
from xmpp_bridge.xmpp.errors import BadPayloadError
from xmpp_bridge.xmpp.stream import Stream

log = logging.getLogger(__name__)

EVERY: Final = 1.0
"""Seconds between two announcements; what happens meanwhile is one."""


@dataclass(frozen=True, slots=True)
class _Open:
    """What one tab has told."""

    idle_since: datetime | None = None
    at: At | None = None


class PresenceDesk:
    """Until the service has said how the owner wants to be seen, nobody is."""

    def __init__(
        self, session: Session, chat: ChatDesk, now: Callable[[], datetime], every: float = EVERY
    ) -> None:
        self._session = session
        self._chat = chat
        self._now = now
        self._every = every
        self._tabs: dict[Tab, _Open] = {}
        self._latest: Tab | None = None
        self._people: dict[str, PersonNews] = {}
        self._choice: Choice | None = None
        self._stream: Stream | None = None
        self._said: tuple[Condition, Announcement] | None = None
        self._shown: Condition | None = None
        self._work = asyncio.Event()

    async def run(self) -> None:
        """Announce what changes until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            self._announce()
            await asyncio.sleep(self._every)

    # -- tabs -----------------------------------------------------------------------------------------

    def opened(self, tab: Tab) -> None:
        """A tab has come: it is told who is there."""
        self._tabs[tab] = _Open()
        tab.tell(
            self._frame(
                PeopleNews(whole=True, people=tuple(self._people.values()), choice=self._choice)
            )
        )
        self._work.set()

    def closed(self, tab: Tab) -> None:
        self._tabs.pop(tab, None)
        self._work.set()

    def active(self, tab: Tab, activity: frames.Activity) -> None:
        """Somebody does, or does nothing, in a tab."""
        if tab not in self._tabs:
            return
        idle = timedelta(seconds=activity.idle_seconds)
        self._tabs[tab] = _Open(self._now() - idle if idle else None, activity.at)
        if not idle or self._latest not in self._tabs:
            self._latest = tab
        self._work.set()

    # -- the service ----------------------------------------------------------------------------------

    def listen(self, stream: Stream) -> None:
        """Hear who is there, and say who we are; called before the stream's first stanza."""
        stream.register_handler(
            Callback("people", MatchXPath("{jabber:client}message"), self._on_message)
        )
        self._stream, self._said = stream, None
        # At once: whoever is not present is told nothing of what the account's other clients publish (XEP-0163).
        self._show(stream, Condition(Show.ABSENT, Device.LAB))
        self._work.set()

    def _on_message(self, stanza: StanzaBase) -> None:
        if stanza.xml.get("type") != "headline" or not self._chat.is_service(stanza["from"].bare):
            return
        try:
            news = read_news(stanza.xml)
        except BadPayloadError as error:
            log.warning("people not understood: reason=%s", error)
            return
        if isinstance(news, Ask):
            self._said = None
            self._work.set()
        elif news is not None:
            self._hear(news)

    def _hear(self, news: PeopleNews) -> None:
        if news.whole:
            self._people.clear()
        self._people |= {each.hub_user: each for each in news.people}
        for name in news.gone:
            self._people.pop(name, None)
        if news.choice is not None and news.choice is not self._choice:
            self._choice = news.choice
            self._chat.hides = news.choice is Choice.HIDDEN
            self._work.set()
        self._chat.tell(self._frame(news))

    def _announce(self) -> None:
        hidden = self._choice in (None, Choice.HIDDEN)
        tabs = [TabCondition(each.idle_since) for each in self._tabs.values()]
        condition = announced(tabs, self._choice or Choice.HIDDEN)
        latest = None if self._latest is None else self._tabs.get(self._latest)
        at = None if latest is None or hidden else latest.at
        said = (condition, Announcement(at, watches=bool(tabs)))
        self._chat.announce(condition)
        stream, credential = self._stream, self._session.credential
        if said == self._said or stream is None or credential is None or not stream.is_connected():
            return
        self._said = said
        if condition != self._shown:
            self._show(stream, condition)
        presence = stream.make_presence(pto=credential.service_jid)
        presence.xml.extend(condition_to_xml(condition, stream.default_ns))
        presence.xml.append(announcement_to_xml(said[1]))
        presence.send()

    def _show(self, stream: Stream, condition: Condition) -> None:
        """To the clients of those who have the account among their contacts."""
        self._shown = condition
        presence = stream.make_presence()
        presence.xml.extend(condition_to_xml(condition, stream.default_ns))
        presence.send()

    @staticmethod
    def _frame(news: PeopleNews) -> Frame:
        return {
            "kind": "people",
            "whole": news.whole,
            "people": [person_json(each) for each in news.people],
            "gone": list(news.gone),
            "choice": None if news.choice is None else news.choice.value,
        }
