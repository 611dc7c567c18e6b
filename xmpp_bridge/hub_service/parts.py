"""What the request handlers work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jupyterhub.services.auth import HubOAuth  # type: ignore[import-untyped]

from xmpp_bridge.hub_service.access import Access
from xmpp_bridge.hub_service.administration import Administration
from xmpp_bridge.hub_service.app_passwords import AppPasswords
from xmpp_bridge.hub_service.auditing import Auditing
from xmpp_bridge.hub_service.chat import Chat
from xmpp_bridge.hub_service.credentials import Credentials
from xmpp_bridge.hub_service.direct import Direct
from xmpp_bridge.hub_service.exchange import Exchange
from xmpp_bridge.hub_service.files import Files
from xmpp_bridge.hub_service.finding import Finding
from xmpp_bridge.hub_service.following import Following
from xmpp_bridge.hub_service.guests import Guests
from xmpp_bridge.hub_service.health import Health
from xmpp_bridge.hub_service.links import Links
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.moderation import Moderation
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.presence_view import PresenceView
from xmpp_bridge.hub_service.record_keeper import RecordKeeper
from xmpp_bridge.hub_service.relays import Relays
from xmpp_bridge.hub_service.sharing import Sharing
from xmpp_bridge.hub_service.sharing_views import SharingViews
from xmpp_bridge.hub_service.slots import Slots
from xmpp_bridge.hub_service.time_lines import TimeLines
from xmpp_bridge.hub_service.views import Views
from xmpp_bridge.hub_service.xmpp_server import XmppServer
from xmpp_bridge.xmpp.stream import Secret


@dataclass(frozen=True)
class Parts:
    """The running service."""

    people: People
    credentials: Credentials
    app_passwords: AppPasswords
    sharing: Sharing
    access: Access
    links: Links
    moderation: Moderation
    administration: Administration
    following: Following
    chat: Chat
    finding: Finding
    files: Files
    slots: Slots
    guests: Guests
    direct: Direct
    exchange: Exchange
    relays: Relays
    presence: PresenceView
    views: Views
    sharing_views: SharingViews
    xmpp_server: Callable[[], XmppServer]
    keeper: RecordKeeper
    auditing: Auditing
    time_lines: TimeLines


@dataclass
class Front:
    """What answers before the service runs: JupyterHub waits for the first answer at its start."""

    prefix: str
    hub_auth: HubOAuth
    metrics: Metrics
    health: Health
    parts: Parts | None = None
    own_token: Secret | None = None
    """Who shows it is the hub's own process, or somebody who could be the service: they may nudge."""
