"""Search finds what the asker may read now, and explains what it cannot understand."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.hub_service.client import Client
from tests.hub_service.fake_hub import NOON
from tests.hub_service.world import DOMAIN, World
from xmpp_bridge.archive.store import Entry
from xmpp_bridge.chat.message import CellReference, ChatMessage, StanzaId
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role

START = int(NOON.timestamp() * 1_000_000)
DAY = int(timedelta(days=1) / timedelta(microseconds=1))


def entry(room: RoomId, sender: str, day: int, said: str | ChatMessage) -> Entry:
    message = ChatMessage(said) if isinstance(said, str) else said
    stanza_id = StanzaId(str(START + day * DAY))
    jid = f"{sender}@{DOMAIN}"
    return Entry(room, stanza_id, jid, None, NOON + timedelta(days=day), None, message)


@pytest.fixture
async def rooms(world: World, client: Client) -> tuple[RoomId, RoomId]:
    """The orchard of Romeo and Juliet, and the cell where Romeo is alone."""
    client.auth.tokens |= {"romeo": (), "juliet": (), "nurse": ()}
    romeo, *_ = [await world.somebody(name) for name in ("romeo", "juliet", "nurse")]
    orchard = (await world.sharing.create_room(romeo, "Capulet orchard")).room.id
    cell = (await world.sharing.create_room(romeo, "Cell")).room.id
    await world.sharing.set_member(romeo, orchard, "juliet", Role.VIEWER)
    about = CellReference("d" * 32, "a1-b2", "daylight.ipynb")
    await world.archive.append(
        [
            entry(orchard, "juliet", -3, "The moon is inconstant"),
            entry(orchard, "romeo", -2, "By yonder moon I swear: https://moon.example"),
            entry(orchard, "juliet", -1, ChatMessage("about the moon", cell=about)),
            entry(cell, "romeo", 0, ChatMessage("moon, alone", mentions=(f"romeo@{DOMAIN}",))),
        ]
    )
    return orchard, cell


async def search(client: Client, q: str, token: str = "romeo", **more: str) -> Any:
    response = await client.call("GET", f"api/search?{urlencode({'q': q, **more})}", token)
    assert response.code == 200, response.body
    return json.loads(response.body)


async def found(client: Client, q: str, token: str = "romeo", **more: str) -> list[str]:
    answer = await search(client, q, token, **more)
    assert answer["problems"] == []
    return [hit["message"]["body"].split()[0] for hit in answer["hits"]]


async def test_only_what_may_be_read_now(
    world: World, client: Client, rooms: tuple[RoomId, RoomId]
) -> None:
    assert await found(client, "moon") == ["moon,", "about", "By", "The"]
    assert await found(client, "moon", "juliet") == ["about", "By", "The"]
    assert await found(client, "moon", "nurse") == []
    orchard, cell = rooms
    assert await found(client, "moon", room=cell) == ["moon,"]
    refused = await client.condition("GET", f"api/search?q=moon&room={cell}", "juliet")
    assert refused == (404, "item-not-found")
    romeo = await world.somebody("romeo")
    await world.sharing.remove_member(romeo, orchard, "juliet")
    assert await found(client, "moon", "juliet") == []


@pytest.mark.parametrize(
    ("q", "bodies"),
    [
        ("moon from:juliet", ["about", "The"]),
        ("moon from:@me", ["moon,", "By"]),
        ("moon -from:me", ["about", "The"]),
        ("from:romeo from:juliet", ["moon,", "about", "By", "The"]),
        ('in:"capulet ORCHARD"', ["about", "By", "The"]),
        ("has:link", ["By"]),
        ("-has:link moon from:me", ["moon,"]),
        ("cell:a1-b2", ["about"]),
        ("has:cell", ["about"]),
        ("daylight", ["about"]),
        ("mentions:me", ["moon,"]),
        ("-alone", ["about", "By", "The"]),
        ("before:2d", ["The"]),
        ("after:1d moon", ["moon,", "about"]),
        ("swear moon", ["By"]),
        ('"moon swear"', []),
        ("incon*", ["The"]),
    ],
)
async def test_operators(
    client: Client, rooms: tuple[RoomId, RoomId], q: str, bodies: list[str]
) -> None:
    assert await found(client, q) == bodies


@pytest.mark.parametrize(
    ("q", "problem"),
    [
        ("from:mercutio", {"at": 0, "text": "nobody in your rooms is called 'mercutio'"}),
        ("moon in:Verona", {"at": 5, "text": "none of your rooms is called 'Verona'"}),
        ('"moon', {"at": 0, "text": 'this quotation does not end: put a " after it'}),
    ],
)
async def test_what_is_not_understood_is_explained(
    client: Client, rooms: tuple[RoomId, RoomId], q: str, problem: dict[str, Any]
) -> None:
    answer = await search(client, q)
    assert answer["problems"] == [problem]
    assert answer["hits"] == []


async def test_page_by_page(client: Client, rooms: tuple[RoomId, RoomId]) -> None:
    for order in ("newest", "relevance"):
        first = await search(client, "moon", limit="3", order=order)
        assert len(first["hits"]) == 3
        assert first["total_at_least"] == 4
        rest = await search(client, "moon", limit="3", order=order, cursor=first["cursor"])
        assert len(rest["hits"]) == 1
        assert rest["cursor"] is None
        seen = {hit["message"]["id"] for hit in [*first["hits"], *rest["hits"]]}
        assert len(seen) == 4
    answer = await search(client, "moon swear")
    marked = [part["text"] for part in answer["hits"][0]["snippet"] if part["hit"]]
    assert marked == ["moon", "swear", "moon"]
    bad = await client.condition("GET", "api/search?q=moon&cursor=nonsense", "romeo")
    assert bad == (400, "bad-request")
    assert (await search(client, "  ")) == {
        "hits": [],
        "cursor": None,
        "total_at_least": 0,
        "problems": [],
    }


async def test_a_page_for_any_browser(client: Client, rooms: tuple[RoomId, RoomId]) -> None:
    orchard, _ = rooms
    page = await client.call("GET", f"search?{urlencode({'q': 'moon <b>'})}", "juliet")
    assert page.code == 200
    text = page.body.decode()
    assert 'value="moon &lt;b&gt;"' in text
    assert "script" not in text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    page = await client.call("GET", f"search?{urlencode({'q': 'moon'})}", "juliet")
    text = page.body.decode()
    assert f"/hub/user-redirect/lab?xmpp-room={orchard}&amp;xmpp-message=" in text
    assert "By yonder <mark>moon</mark> I swear" in text
    assert "alone" not in text
    wrong = await client.call("GET", f"search?{urlencode({'q': 'from:'})}", "juliet")
    assert "At character 1:" in wrong.body.decode()
    unknown = await client.call("GET", "search?q=moon")
    assert (unknown.code, "oauth2/authorize" in unknown.headers["Location"]) == (302, True)
