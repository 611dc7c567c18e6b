"""What the service was told, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.hub_service.files import Limits
from xmpp_bridge.hub_service.presence_view import PresenceSettings
from xmpp_bridge.hub_service.record_settings import RecordSettings
from xmpp_bridge.hub_service.xmpp_server import XmppServer


@dataclass(frozen=True)
class Settings:
    """Everything that an administrator may choose."""

    domain: str
    state: Path
    """The service's folder, of mode 0700."""
    database_url: str = field(repr=False)
    credential_lifetime: timedelta
    reconcile_every: timedelta
    hub_cache: timedelta
    history_window: timedelta
    """Older updates of a document are kept together by so much; nothing keeps each by itself."""
    relay_after: timedelta
    """So long nobody may have seen somebody's replica before another may bring what they wrote."""
    digest_every: timedelta
    """Between two looks at what has changed in the notebooks of rooms that want to hear of it."""
    upload_limits: Limits
    federation_domains: tuple[str, ...]
    """Other servers whose people may be guests in rooms; none, as a rule."""
    everybody_visible: bool
    """Whether all hub users may find all others and all groups when they look for whom to share with."""
    presence: PresenceSettings
    public_url: str
    """Where browsers reach the hub; empty if nobody said so."""
    xmpp_host: str
    """Where Jupyter servers reach an embedded ejabberd; empty for the address it listens on."""
    ejabberd: EjabberdSettings | XmppServer
    """One to run, or one that runs elsewhere."""
    record: RecordSettings = field(default_factory=RecordSettings)
