"""An ejabberd that the service does not run: it stays when the service goes, and so does everybody in it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.e2e.people import acting, seated
from tests.e2e.servers import DOMAIN, HubSettings, running_hub
from xmpp_bridge.documents.stanza import Durable, Resync, UpdateStanza
from xmpp_bridge.ejabberd.launcher import Ejabberd, running
from xmpp_bridge.ejabberd.settings import EjabberdSettings

pytestmark = pytest.mark.e2e


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


async def test_people_go_on_without_the_service_and_it_asks_for_what_it_missed(
    tmp_path: Path,
) -> None:
    elsewhere = EjabberdSettings(domain=DOMAIN, directory=tmp_path / "ejabberd")
    async with running(elsewhere) as ejabberd:
        settings = HubSettings(doors=True, service=knowing(ejabberd))
        async with (
            running_hub(settings) as hub,
            acting(hub, "romeo", "juliet") as (romeo, juliet),
        ):
            document = await romeo.document(juliet="editor")
            async with seated(romeo, document) as orchard, seated(juliet, document) as balcony:
                orchard.write("It is ")
                await orchard.hears(Durable)
                await hub.end_service(signal.SIGKILL)
                orchard.write("my lady")
                await balcony.hears(UpdateStanza, lambda stanza: stanza.sequence == 2)
                await hub.until_well()
                await orchard.hears(Resync)
                await orchard.sync()
                orchard.write("!")
                await orchard.hears(Durable, lambda receipt: receipt.sequence == 3)
                await balcony.sync()
            assert str(balcony.text) == "It is my lady!"
