"""Somebody's XMPP client finds where files go, puts one there, and says so in a room (XEP-0363, XEP-0066)."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from slixmpp.plugins.xep_0363.http_upload import FileTooBig

from demo.rest import RefusedError
from tests.e2e.chat_tab import chat_tab
from tests.e2e.chatters import chatting
from tests.e2e.people import Actor, connected
from tests.e2e.servers import Hub, HubSettings, running_hub
from tests.e2e.stage import until

NOT_FOUND = 404
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200_000)

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub() -> AsyncIterator[Hub]:
    service = {"upload_megabytes": 1, "reconcile_seconds": 3600}
    async with running_hub(HubSettings(service=service)) as hub:
        yield hub


async def test_a_file_of_another_client_is_for_the_members_of_its_room(
    hub: Hub, record_property: Any
) -> None:
    alice, bob, carol = [
        Actor(hub, await hub.start_server(name)) for name in ("alice", "bob", "carol")
    ]
    room = str((await alice.service.create_room("Orchard"))["id"])
    await alice.service.set_member(room, "bob", "viewer")
    async with connected(carol, "phone") as stream, chat_tab(bob.server.rest) as his:
        await his.in_room(room, "alice", "bob")
        stream.register_plugin("xep_0363")
        upload = stream.plugin["xep_0363"]
        url = await upload.upload_file(
            "moon.png", len(PICTURE), "image/png", input_file=io.BytesIO(PICTURE)
        )
        with pytest.raises(FileTooBig):
            await upload.upload_file("sun.png", 1_000_001, input_file=io.BytesIO(PICTURE))
        path = urlsplit(url).path.partition("/services/xmpp-bridge/")[2]
        assert await carol.server.rest.read(f"xmpp-bridge/{path}") == PICTURE
        await _is_not_there(bob, path)

        await alice.service.set_member(room, "carol", "editor")
        out_of_band = ET.Element("{jabber:x:oob}x")
        ET.SubElement(out_of_band, "{jabber:x:oob}url").text = url
        async with chatting(carol, room, stream) as hers:
            hers.say(url, out_of_band)
            seen = (await his.delivered(""))["attachments"]  # the address is no words
        assert [(each["url"], each["name"], each["type"]) for each in seen] == [
            (url, "moon.png", "image/png")
        ]
        assert await bob.server.rest.read(f"xmpp-bridge/{path}") == PICTURE
        found = await his.ask("search", query="has:image moon", order="newest")
        assert [hit["message"]["attachments"] for hit in found["hits"]] == [seen]
        await alice.service.remove_member(room, "bob")

        async def gone() -> bool:
            try:
                await bob.server.rest.read(f"xmpp-bridge/{path}")
            except RefusedError as refused:
                return refused.status == NOT_FOUND
            return False

        await until(gone, "who is no member any more does not read it")
    record_property("figure", f"{len(PICTURE):,} bytes of slixmpp's XEP-0363, for the members only")


async def _is_not_there(actor: Actor, path: str) -> None:
    with pytest.raises(RefusedError) as refused:
        await actor.server.rest.read(f"xmpp-bridge/{path}")
    assert refused.value.status == NOT_FOUND
