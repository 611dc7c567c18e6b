"""What of the service has to do with presence, joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.hub_service.bystanders import Bystanders
from xmpp_bridge.hub_service.hub_api import HubApi
from xmpp_bridge.hub_service.presence import Presence
from xmpp_bridge.hub_service.presence_view import PresenceSettings, PresenceView
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.presence.store import PresenceStore
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.component import Component


@dataclass(frozen=True)
class PresenceParts:
    """Who may know what, who is told it, and who is in chats without a lab."""

    view: PresenceView
    presence: Presence
    bystanders: Bystanders


def presence_parts(
    engine: AsyncEngine,
    hub: HubApi,
    component: Component,
    rooms: RoomStore,
    leases: LeaseStore,
    voice: Voice,
    addresses: Addresses,
    settings: PresenceSettings,
    now: Callable[[], datetime],
) -> PresenceParts:
    view = PresenceView(PresenceStore(engine), rooms, hub, addresses, settings, now)
    presence = Presence(component, leases, voice, addresses, view)
    return PresenceParts(view, presence, Bystanders(component, presence.attend))
