"""Everything about people's own clients, how they log in and how they are put out: joined here, and run as one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.app_password_store import AppPasswordStore
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.hub_service.app_passwords import AppPasswords
from xmpp_bridge.hub_service.cards import Cards
from xmpp_bridge.hub_service.ending import Ending
from xmpp_bridge.hub_service.floods import Floods
from xmpp_bridge.hub_service.impostors import Impostors
from xmpp_bridge.hub_service.labless import Labless
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.notices import Notices
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.presence_view import PresenceView
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.whose import Whose
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.component import Component


class OwnClients:
    """`presence` knows who may know of whom."""

    def __init__(
        self,
        engine: AsyncEngine,
        ejabberd: EjabberdApi,
        people: People,
        leases: LeaseStore,
        rooms: RoomStore,
        voice: Voice,
        addresses: Addresses,
        metrics: Metrics,
        component: Component,
        whose: Whose,
        presence: PresenceView,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        keys = AppPasswordStore(engine)
        labless = Labless(ejabberd, keys, leases, rooms, addresses)
        self.notices = Notices(leases, voice, addresses, labless.changed, presence.moved)
        self._ending = Ending(ejabberd, whose.leased, clock)
        self._impostors = Impostors(ejabberd, whose.leased, clock)
        Cards(component, ejabberd, addresses, whose.account_at, presence.may_know, clock)
        self.floods = Floods(ejabberd, addresses.domain, clock)
        self.app_passwords = AppPasswords(
            keys,
            people,
            self._ending,
            self._impostors,
            self.floods,
            self.notices.app_password_locked,
            labless.changed,
            metrics,
            now,
            clock,
        )

    async def run(self) -> None:
        """Put out whoever must be, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ending.run())
            tasks.create_task(self._impostors.run())
            tasks.create_task(self.floods.run())
