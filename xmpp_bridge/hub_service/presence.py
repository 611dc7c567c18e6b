"""Who is online on the hub: heard from Jupyter servers and in chats, told at most once a second to who may know."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from slixmpp import JID
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.hub_service.away import DATABASE_AWAY, refusal
from xmpp_bridge.hub_service.presence_view import PresenceView
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.presence.announcement import (
    MOST_PEOPLE,
    Ask,
    PeopleNews,
    news_to_xml,
    read_announcement,
    read_condition,
)
from xmpp_bridge.presence.circles import Person
from xmpp_bridge.presence.condition import Condition
from xmpp_bridge.xmpp.component import Component, ComponentStream
from xmpp_bridge.xmpp.errors import BadPayloadError

log = logging.getLogger(__name__)

EVERY: Final = 1.0
"""Seconds between two times that a Jupyter server is told; what happens meanwhile is one change."""


class Presence:
    """A server without a browser is told nothing; one with a browser, first everything, then what changes."""

    def __init__(
        self,
        component: Component,
        leases: LeaseStore,
        voice: Voice,
        addresses: Addresses,
        view: PresenceView,
        every: float = EVERY,
    ) -> None:
        self._component = component
        self._leases = leases
        self._voice = voice
        self._addresses = addresses
        self._view = view
        self._every = every
        self._watching: dict[str, frozenset[Person]] = {}
        """Full JIDs of the servers that watch, and of whom each has been told."""
        self._new: set[str] = set()
        self._work = asyncio.Event()
        view.people_changed = self._work.set

    async def run(self) -> None:
        """Hear and tell until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_hearing())
            tasks.create_task(self._keep_telling())

    # -- hearing --------------------------------------------------------------------------------------

    async def _keep_hearing(self) -> None:
        while True:
            stream = await self._component.stream()
            self._listen(stream)
            try:
                for localpart, resource in await self._leases.servers():
                    place = self._addresses.account(localpart, resource)
                    self._voice.pass_on(place, news_to_xml(Ask()))
            except DATABASE_AWAY as error:
                log.warning("nobody asked: reason=%s", refusal(error))
            await asyncio.shield(stream.ended)
            self._watching.clear()
            self._new.clear()
            self._view.people.forget()

    def _listen(self, stream: ComponentStream) -> None:
        path = f"{{{stream.default_ns}}}presence"
        stream.register_handler(Callback("people", MatchXPath(path), self.heard))

    def heard(self, stanza: StanzaBase) -> None:
        """What people's servers say to the service itself; rooms have other domains."""
        sender, kind = stanza["from"], stanza.xml.get("type")
        if sender.domain != self._addresses.domain or not sender.resource:
            return
        if kind == "unavailable":
            self._gone(sender)
        elif kind is None:
            try:
                self._hear(sender, stanza)
            except BadPayloadError as error:
                log.info("presence refused: reason=%s", error)

    def _hear(self, sender: JID, stanza: StanzaBase) -> None:
        announcement = read_announcement(stanza.xml)
        if announcement is None:
            return
        people = self._view.people
        people.connected(sender.local, sender.full, read_condition(stanza.xml))
        people.works(sender.local, sender.full, announcement.at)
        if announcement.at is not None and not self._view.knows(announcement.at.document):
            self._view.moved()
        if not announcement.watches:
            self._forget(sender.full)
        elif sender.full not in self._watching:
            self._watching[sender.full] = frozenset()
            self._new.add(sender.full)
        self._work.set()

    def _gone(self, sender: JID) -> None:
        self._forget(sender.full)
        self._view.people.disconnected(sender.local, sender.full)
        self._work.set()

    def _forget(self, place: str) -> None:
        self._watching.pop(place, None)
        self._new.discard(place)

    def attend(self, bare_jid: str, place: str, condition: Condition | None) -> None:
        """Somebody is in a chat with a client of their own, or is not any more."""
        person, _, domain = bare_jid.rpartition("@")
        if domain != self._addresses.domain:
            return
        if condition is None:
            self._view.people.disconnected(person, place)
        else:
            self._view.people.connected(person, place, condition)
        self._work.set()

    # -- telling --------------------------------------------------------------------------------------

    async def _keep_telling(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self.tell()
            except DATABASE_AWAY as error:
                log.warning("nobody told: reason=%s", refusal(error))
            await asyncio.sleep(self._every)

    async def tell(self) -> None:
        """Everything to whoever is new; to the others what has changed of those around them."""
        moved = await self._view.refresh()
        changed = self._view.people.take_changed()
        new, self._new = self._new, set()
        for place, known in list(self._watching.items()):
            watcher = place.partition("@")[0]
            if place in new or watcher in moved:
                self._tell_all(place, watcher, known, whole=place in new)
                continue
            news = changed & known
            if watcher in changed:
                news |= {watcher}
            self._say(place, watcher, news)

    def _tell_all(
        self, place: str, watcher: Person, known: frozenset[Person], *, whole: bool
    ) -> None:
        """Rooms or people came or went: everybody once more, and of whom nothing is to be known any more."""
        around = self._watching[place] = self._view.near(watcher)
        self._say(place, watcher, [watcher, *sorted(around)], whole=whole)
        gone = [self._view.name(each) for each in known - around]
        for names in _in_parts(gone):
            self._pass_on(place, PeopleNews(whole=False, people=(), gone=tuple(names)))

    def _say(
        self, place: str, watcher: Person, people: Iterable[Person], *, whole: bool = False
    ) -> None:
        news = [self._view.news(watcher, each) for each in people]
        choice = self._view.people.choice(watcher)
        for number, some in enumerate(_in_parts(news)):
            first = whole and number == 0
            self._pass_on(place, PeopleNews(whole=first, people=tuple(some), choice=choice))

    def _pass_on(self, place: str, news: PeopleNews) -> None:
        self._voice.pass_on(JID(place), news_to_xml(news))


T = TypeVar("T")


def _in_parts(everything: Sequence[T]) -> Iterator[Sequence[T]]:
    for begin in range(0, len(everything), MOST_PEOPLE):
        yield everything[begin : begin + MOST_PEOPLE]
