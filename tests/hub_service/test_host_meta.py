"""Clients that know only the domain find the websocket (XEP-0156)."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest

from tests.hub_service.client import Client
from tests.hub_service.world import World

WEBSOCKET = "wss://montague.lit:5443/ws"
LINK = {"rel": "urn:xmpp:alt-connections:websocket", "href": WEBSOCKET}


@pytest.mark.parametrize(("address", "links"), [(WEBSOCKET, [LINK]), (None, [])])
async def test_whoever_asks_is_told_in_both_forms(
    client: Client, world: World, address: str | None, links: list[dict[str, str]]
) -> None:
    world.xmpp_server = replace(world.xmpp_server, websocket=address)

    as_json = await client.call("GET", "host-meta.json")
    as_xml = await client.call("GET", "host-meta")

    assert json.loads(as_json.body) == {"links": links}
    assert [link.attrib for link in fromstring(as_xml.body)] == links
    assert as_xml.headers["Content-Type"].startswith("application/xrd+xml")
    for answer in (as_json, as_xml):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
