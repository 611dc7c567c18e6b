"""An ejabberd that the service does not run: it stays when the service goes, and so does everybody in it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.e2e.external import beside
from tests.e2e.people import acting, seated
from xmpp_bridge.documents.stanza import Durable, Resync, UpdateStanza

pytestmark = pytest.mark.e2e


async def test_people_go_on_without_the_service_and_it_asks_for_what_it_missed(
    tmp_path: Path,
) -> None:
    async with (
        beside(tmp_path / "ejabberd") as hub,
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
