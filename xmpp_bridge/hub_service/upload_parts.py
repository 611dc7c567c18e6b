"""What of the service has to do with files, joined."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin

from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import AccountStore
from xmpp_bridge.archive.search import Search
from xmpp_bridge.hub_service.files import Files
from xmpp_bridge.hub_service.quotas import Quotas
from xmpp_bridge.hub_service.settings import Settings
from xmpp_bridge.hub_service.slots import Slots
from xmpp_bridge.hub_service.upload_service import UploadService
from xmpp_bridge.hub_service.whose import Whose
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.uploads.slots import SlotStore
from xmpp_bridge.uploads.store import UploadStore
from xmpp_bridge.xmpp.component import Component


class UploadParts:
    """Files of the panel (`files`), and of other XMPP clients (`slots`)."""

    def __init__(
        self,
        settings: Settings,
        prefix: str,
        engine: AsyncEngine,
        component: Component,
        rooms: RoomStore,
        accounts: AccountStore,
        search: Search,
        quotas: Quotas,
        whose: Whose,
        addresses: Addresses,
        now: Callable[[], datetime],
    ) -> None:
        """`prefix` is where the service is on the hub."""
        self._uploads = UploadStore(engine, settings.state / "uploads", now)
        self._slots = SlotStore(engine, settings.state / "slots", now)
        self.files = Files(rooms, self._uploads, settings.upload_limits, quotas)
        self.slots = Slots(self._slots, accounts, search, addresses, settings.upload_limits)
        url = urljoin(settings.public_url, prefix) if settings.public_url else None
        self._service = UploadService(
            component, self.slots, whose.account_at, url, settings.record.to_xml
        )

    async def run(self) -> None:
        """Give slots to whoever asks, until cancelled."""
        await self._service.run()

    async def tidy(self) -> None:
        """Remove what nobody can ask for any more."""
        await self._uploads.remove_leftovers()
        await self._slots.remove_expired()
