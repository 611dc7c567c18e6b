"""Who may know what of whom: how people are there, what they share, and what they wish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.hub_api import HubApi
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.presence.announcement import At, PersonNews
from xmpp_bridge.presence.circles import Circles, Person, Reach
from xmpp_bridge.presence.condition import Choice, Show
from xmpp_bridge.presence.people import People
from xmpp_bridge.presence.store import PresenceStore, Snapshot
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import BridgeError, NotFoundError

LOOK_EVERY: Final = 60.0
"""Seconds between two looks at who shares what, if nobody says that this has changed."""


@dataclass(frozen=True)
class PresenceSettings:
    """What the administrator wishes where people have not chosen."""

    reach: Reach
    choice: Choice
    tells_place: bool
    roster_people: int = 0
    """In the largest group of the hub that is a contact list."""


@dataclass(frozen=True)
class Wishes:
    """How one person wants to be seen."""

    choice: Choice
    tells_place: dict[RoomId, bool]
    """In each of their rooms."""


class PresenceView:
    """The one place that decides it, for REST and for XMPP."""

    def __init__(
        self,
        store: PresenceStore,
        rooms: RoomStore,
        hub: HubApi,
        addresses: Addresses,
        settings: PresenceSettings,
        now: Callable[[], datetime],
    ) -> None:
        self.people = People(settings.choice, now)
        self.people_changed: Callable[[], None] = lambda: None
        self._store = store
        self._rooms = rooms
        self._hub = hub
        self._addresses = addresses
        self._settings = settings
        self._now = now
        self._snapshot = Snapshot({}, [], {}, {}, {})
        self._circles = Circles(settings.reach, (), ())
        self._groups: list[tuple[str, Person]] = []
        self._looked: datetime | None = None
        self._moved_for: frozenset[Person] = frozenset()

    def moved(self) -> None:
        """Somebody shares other rooms with others than before, or has other wishes."""
        self._looked = None
        self.people_changed()

    # -- for those who tell ---------------------------------------------------------------------------

    async def refresh(self) -> frozenset[Person]:
        """Look who shares what, if that may have changed; return for whom it matters."""
        waiting, self._moved_for = self._moved_for, frozenset()
        now = self._now()
        if self._looked is not None and now - self._looked < timedelta(seconds=LOOK_EVERY):
            return waiting
        self._looked = now
        try:
            await self._look_at_groups()
            before, told = self._circles, self._snapshot.tells_place
            self._snapshot = snapshot = await self._store.snapshot()
        except BaseException:
            self._looked = None
            raise
        self._circles = Circles(
            self._settings.reach, snapshot.accounts, snapshot.memberships, self._groups
        )
        self.people.choose(snapshot.choices)
        moved = self._circles.moved(before)
        differ = {person for (_, person), _ in snapshot.tells_place.items() ^ told.items()}
        return moved.union(waiting, *(self._circles.near(each) for each in differ))

    async def _look_at_groups(self) -> None:
        """Groups of those whose servers run, who are those that can be online; as they were while the hub is away."""
        if self._settings.reach is not Reach.GROUPS:
            return
        try:
            active = await self._hub.active()
        except BridgeError:
            return
        by_name = {each.hub_user: each.localpart for each in self._snapshot.accounts.values()}
        self._groups = [
            (group, by_name[name])
            for name, person in active.items()
            if name in by_name
            for group in person.user.groups
        ]

    def near(self, person: Person) -> frozenset[Person]:
        """Of whom their servers are told without asking: whoever shares a room with them."""
        return self._circles.near(person)

    def may_know(self, asker: Person, person: Person) -> bool:
        """Whether the one may know that there is the other."""
        return person in self._circles.around(asker)

    def knows(self, document: DocumentId) -> bool:
        """Whether it was shared when we last looked."""
        return document in self._snapshot.documents

    def name(self, person: Person) -> str:
        """The hub user name of somebody who is or was known."""
        account = self._snapshot.accounts.get(person)
        return person if account is None else account.hub_user

    def news(self, watcher: Person, person: Person) -> PersonNews:
        """What `watcher` may know of `person`, who must be around them or themselves."""
        account, seen = self._snapshot.accounts.get(person), self.people.seen(person)
        return PersonNews(
            person if account is None else account.hub_user,
            person if account is None else account.display_name,
            self._addresses.account(person).bare,
            seen.show,
            seen.devices,
            self.people.since(person),
            self._circles.in_common(watcher, person),
            self._place(watcher, person),
        )

    def _place(self, watcher: Person, person: Person) -> At | None:
        """Where somebody works is known to those who share the document's room, if its worker does not mind."""
        at = self.people.at(person)
        room = None if at is None else self._snapshot.documents.get(at.document)
        if room is None or room not in self._circles.in_common(watcher, person):
            return None
        tells = self._snapshot.tells_place.get((room, person), self._settings.tells_place)
        return at if tells else None

    # -- for those who ask ----------------------------------------------------------------------------

    async def list(self, asker: Account, words: str = "") -> list[PersonNews]:
        """Everybody of whom the asker may know and whose name holds `words`.

        Who shares most rooms with them comes first, and of these who is there.
        """
        self._moved_for |= await self.refresh()
        wanted = words.casefold()
        found = [
            self.news(asker.localpart, each)
            for each in self._circles.around(asker.localpart)
            if wanted in self._names(each)
        ]
        return sorted(
            found, key=lambda each: (-len(each.rooms), each.show is Show.ABSENT, each.hub_user)
        )

    def _names(self, person: Person) -> str:
        account = self._snapshot.accounts[person]
        return f"{account.display_name}\n{account.hub_user}".casefold()

    async def person(self, asker: Account, hub_user: str) -> PersonNews:
        """One of them; nobody else exists."""
        for each in await self.list(asker):
            if each.hub_user == hub_user:
                return each
        raise NotFoundError("you share nothing with anybody of this name")

    async def wishes(self, account: Account) -> Wishes:
        """How somebody wants to be seen, with what holds where they have not said."""
        snapshot = await self._store.snapshot()
        usual = self._settings
        return Wishes(
            snapshot.choices.get(account.localpart, usual.choice),
            {
                room: snapshot.tells_place.get((room, account.localpart), usual.tells_place)
                for room in await self._rooms.rooms_with(account.id)
            },
        )

    async def choose(self, account: Account, choice: Choice) -> Wishes:
        """It holds everywhere within a second."""
        await self._store.choose(account.id, choice)
        self.moved()
        return await self.wishes(account)

    async def tell_place(self, account: Account, room: RoomId, *, tells: bool) -> Wishes:
        """Whether those in a room may know what the account's owner has open of it."""
        if await self._rooms.role_in_room(room, account.id) is None:
            raise NotFoundError("no such room")
        await self._store.tell_place(account.id, room, tells=tells)
        self.moved()
        return await self.wishes(account)
