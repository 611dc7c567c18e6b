"""A hub beside an ejabberd that the service does not run: it stays when the service goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.servers import DOMAIN, Hub, HubSettings, running_hub
from xmpp_bridge.ejabberd.launcher import Ejabberd, running
from xmpp_bridge.ejabberd.settings import EjabberdSettings


@asynccontextmanager
async def beside(directory: Path) -> AsyncIterator[Hub]:
    """Run both for the length of the block, ejabberd in `directory`."""
    elsewhere = EjabberdSettings(domain=DOMAIN, directory=directory)
    async with running(elsewhere) as ejabberd:
        settings = HubSettings(doors=True, service=knowing(ejabberd))
        async with running_hub(settings) as hub:
            yield hub


def knowing(ejabberd: Ejabberd) -> dict[str, object]:
    """What the service must be told of an ejabberd elsewhere."""
    files = ejabberd.settings.files
    host, port = ejabberd.c2s
    return {
        "external_admin_url": ejabberd.admin_address,
        "external_host": host,
        "external_c2s_port": port,
        "external_component_port": ejabberd.component[1],
        "external_component_secret_file": files.keys / "component",
        "external_signing_key_file": files.keys / "credentials.jwk",
        "external_ca_file": ejabberd.ca_pem,
        "external_extauth_socket": files.extauth_socket,
    }
