"""Behind the service's back: its ejabberd and its database, as a test looks at them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.e2e.servers import DOMAIN, Hub
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.ejabberd.instance import Ejabberd
from xmpp_bridge.ejabberd.secrets import load_secrets
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.storage.engine import create_engine


def admin_of(hub: Hub) -> EjabberdApi:
    """As the service itself may speak to it."""
    folder = hub.state / "ejabberd"
    (ports,) = folder.rglob("ports.json")
    settings = EjabberdSettings(DOMAIN, folder)
    settings = replace(settings, c2s_port=json.loads(ports.read_text())["c2s"])
    ejabberd = Ejabberd(settings, load_secrets(settings))
    return EjabberdApi(ejabberd.admin_address, DOMAIN, ejabberd.admin_credential)


@asynccontextmanager
async def database_of(hub: Hub) -> AsyncIterator[AsyncEngine]:
    """The service's own database."""
    engine = create_engine(f"sqlite:///{hub.state / 'bridge.sqlite'}")
    try:
        yield engine
    finally:
        await engine.dispose()
