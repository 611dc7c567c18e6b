"""What sharing is made of: stores on the database, and the parts above them, each built from those before it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.time_line import TimeLine
from xmpp_bridge.hub_service.access import Access
from xmpp_bridge.hub_service.administration import Administration
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.chat_rooms import ChatRooms
from xmpp_bridge.hub_service.demand import Demand
from xmpp_bridge.hub_service.document_rooms import DocumentRooms
from xmpp_bridge.hub_service.enforcing import Enforcing
from xmpp_bridge.hub_service.following import Following
from xmpp_bridge.hub_service.hub_api import HubApi
from xmpp_bridge.hub_service.inheritance import Inheritance
from xmpp_bridge.hub_service.links import Links
from xmpp_bridge.hub_service.moderation import Moderation
from xmpp_bridge.hub_service.notices import Notices
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.hub_service.quotas import Quotas
from xmpp_bridge.hub_service.rosters import Rosters
from xmpp_bridge.hub_service.sharing import Sharing
from xmpp_bridge.hub_service.time_lines import TimeLines
from xmpp_bridge.rooms.directory import Directory
from xmpp_bridge.rooms.entry_store import EntryStore
from xmpp_bridge.rooms.group_store import GroupStore
from xmpp_bridge.rooms.link_store import LinkStore
from xmpp_bridge.rooms.moderation_store import ModerationStore
from xmpp_bridge.rooms.oversight_store import OversightStore
from xmpp_bridge.rooms.parting_store import PartingStore
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.uploads.usage import Usage

log = logging.getLogger(__name__)

LAPSE_EVERY = timedelta(seconds=10)


class SharingStores:
    """One database, by what is asked of it."""

    def __init__(
        self,
        engine: AsyncEngine,
        link_key: bytes,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self.entries = EntryStore(engine, now)
        self.groups = GroupStore(engine, now)
        self.links = LinkStore(engine, link_key, now)
        self.moderation = ModerationStore(engine, now)
        self.oversight = OversightStore(engine, now)
        self.partings = PartingStore(engine, now)
        self.directory = Directory(engine)
        self.usage = Usage(engine)
        self.quotas = Quotas(self.oversight, self.usage, clock)
        self.time_line = TimeLine(engine)


class SharingParts:
    """The verbs of people who share, and what follows the hub."""

    def __init__(
        self,
        stores: SharingStores,
        rooms: RoomStore,
        accounts: AccountStore,
        history: History,
        hub: HubApi,
        people: People,
        projection: Projection,
        document_rooms: DocumentRooms,
        chat_rooms: ChatRooms,
        notices: Notices,
        end: Callable[[Account], Awaitable[None]],
        rosters: Rosters,
        *,
        everybody_visible: bool,
        every: timedelta,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self._rosters = rosters
        enforcing = Enforcing(rooms, accounts, projection, notices)
        self.sharing = Sharing(
            people,
            rooms,
            projection,
            document_rooms,
            chat_rooms,
            notices,
            history,
            enforcing,
            stores.quotas,
            stores.moderation.locked,
        )
        self.time_lines = TimeLines(stores.time_line, self.sharing, history, accounts)
        inheritance = Inheritance(stores.moderation, stores.oversight, enforcing)
        demand = Demand(rooms, people)
        self.following = Following(
            hub,
            accounts,
            stores.groups,
            stores.entries,
            enforcing,
            end,
            inheritance.settle,
            rosters.hurry,
            every=every,
            clock=clock,
        )
        self.access = Access(
            demand,
            rooms,
            stores.entries,
            stores.groups,
            stores.links,
            stores.moderation,
            stores.directory,
            self.following,
            enforcing,
            stores.partings,
            hub.group_defaults,
            everybody_visible=everybody_visible,
        )
        self.links = Links(demand, rooms, stores.links, stores.entries, self.following, enforcing)
        self.moderation = Moderation(demand, rooms, stores.moderation, enforcing, now)
        self.administration = Administration(
            people, stores.oversight, stores.usage, self.sharing, enforcing
        )

    async def run(self, every: timedelta) -> None:
        """Follow the hub, and end what was only for a time; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.following.run())
            tasks.create_task(self._rosters.run())
            tasks.create_task(self._keep_lapsing(every))

    async def _keep_lapsing(self, every: timedelta) -> None:
        while True:
            try:
                await self.moderation.lapse()
            except AWAY as error:
                log.warning("bans not looked at: reason=%s", refusal(error))
            await asyncio.sleep(min(every, LAPSE_EVERY).total_seconds())
