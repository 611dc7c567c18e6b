"""What the request handlers work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jupyterhub.services.auth import HubOAuth  # type: ignore[import-untyped]

from xmpp_bridge.hub_service.chat import Chat
from xmpp_bridge.hub_service.credentials import Credentials
from xmpp_bridge.hub_service.direct import Direct
from xmpp_bridge.hub_service.exchange import Exchange
from xmpp_bridge.hub_service.files import Files
from xmpp_bridge.hub_service.finding import Finding
from xmpp_bridge.hub_service.health import Health
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.sharing import Sharing
from xmpp_bridge.hub_service.slots import Slots
from xmpp_bridge.hub_service.views import Views
from xmpp_bridge.hub_service.xmpp_server import XmppServer


@dataclass(frozen=True)
class Parts:
    """The running service."""

    people: People
    credentials: Credentials
    sharing: Sharing
    chat: Chat
    finding: Finding
    files: Files
    slots: Slots
    direct: Direct
    exchange: Exchange
    views: Views
    xmpp_server: Callable[[], XmppServer]


@dataclass
class Front:
    """What answers before the service runs: JupyterHub waits for the first answer at its start."""

    prefix: str
    hub_auth: HubOAuth
    metrics: Metrics
    health: Health
    parts: Parts | None = None
