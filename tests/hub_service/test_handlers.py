"""Requests as they arrive: who is let in, what is refused, and how a refusal reads."""

from __future__ import annotations

import json

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub_service.client import PREFIX, Client
from tests.hub_service.test_openapi import conforms
from tests.hub_service.world import World
from xmpp_bridge.documents.sync import MOST_SYNC, SyncMessage, decode_sync, encode_sync
from xmpp_bridge.documents.update import EMPTY_STATE_VECTOR, EMPTY_UPDATE
from xmpp_bridge.hub_service.health import Health, eventually, trouble_of
from xmpp_bridge.hub_service.resources import MOST_JSON
from xmpp_bridge.hub_service.scopes import CREDENTIALS, METRICS, ROOMS_WRITE
from xmpp_bridge.storage.engine import writing
from xmpp_bridge.xmpp.errors import UnavailableError


async def test_while_it_starts_it_says_so_and_does_nothing_else(client: Client) -> None:
    client.front.parts = None
    client.auth.tokens["romeo"] = ()
    health = await client.call("GET", "healthz")
    assert health.code == 503
    assert json.loads(health.body)["troubles"] == {"service": "the service is starting"}
    assert await client.condition("GET", "api/me", "romeo") == (503, "service-unavailable")


async def test_it_is_well_when_everything_is_there_and_says_what_is_not(client: Client) -> None:
    trouble: list[UnavailableError] = []

    async def component() -> UnavailableError | None:
        return trouble[0] if trouble else None

    client.front.health.watch({"component": component})
    assert (await client.call("GET", "healthz")).code == 200
    trouble.append(UnavailableError("ejabberd is away"))
    health = await client.call("GET", "healthz")
    assert health.code == 503
    assert json.loads(health.body)["troubles"] == {"component": "ejabberd is away"}


async def test_a_check_that_fails_is_a_trouble() -> None:
    async def fails() -> None:
        raise UnavailableError("no")

    assert str(await trouble_of(fails())) == "no"


async def test_what_the_service_cannot_start_without_is_waited_for() -> None:
    health, attempts = Health(), 0

    async def ejabberd() -> str:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise UnavailableError("ejabberd is not installed")
        assert "not installed" in (await health.troubles())["service"]
        return "ejabberd"

    assert await eventually(ejabberd, health, chance=lambda: 0.0) == "ejabberd"


async def test_nobody_is_let_in_without_a_token_or_with_an_unknown_one(client: Client) -> None:
    assert await client.condition("GET", "api/rooms") == (401, "not-authorized")
    assert await client.condition("GET", "api/rooms", "stranger") == (401, "not-authorized")


async def test_a_hub_that_is_away_lets_nobody_in(client: Client) -> None:
    client.auth.tokens["romeo"] = ()
    client.auth.away = True
    assert await client.condition("GET", "api/rooms", "romeo") == (503, "service-unavailable")


async def test_a_database_that_is_away_is_said_to_be_and_nothing_else(
    client: Client, world: World, engine: AsyncEngine
) -> None:
    world.hub.has("romeo")
    client.auth.tokens["romeo"] = ()
    async with writing(engine) as connection:
        await connection.exec_driver_sql("ALTER TABLE accounts RENAME TO elsewhere")
    response = await client.call("GET", "api/rooms", "romeo")
    assert response.code == 503
    assert b"accounts" not in response.body


async def test_reading_does_not_allow_writing(client: Client, world: World) -> None:
    world.hub.has("romeo")
    client.auth.tokens["romeo"] = ()
    body = json.dumps({"name": "Verona"}).encode()
    assert (await client.call("GET", "api/rooms", "romeo")).code == 200
    assert await client.condition("POST", "api/rooms", "romeo", body=body) == (403, "forbidden")
    client.auth.tokens["romeo"] = (ROOMS_WRITE,)
    assert (await client.call("POST", "api/rooms", "romeo", body=body)).code == 201


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"name": 7}', b'{"name": ""}', b'{"name": "\\u0007"}']
)
async def test_what_is_no_room_is_refused(client: Client, world: World, body: bytes) -> None:
    world.hub.has("romeo")
    client.auth.tokens["romeo"] = (ROOMS_WRITE,)
    assert await client.condition("POST", "api/rooms", "romeo", body=body) == (400, "bad-request")


@pytest.mark.parametrize("path", ["api/nothing", "api/rooms/", "api/rooms/x/y"])
async def test_a_path_that_is_none_of_ours_is_refused_in_json_too(
    client: Client, path: str
) -> None:
    assert await client.condition("GET", path) == (404, "item-not-found")


async def test_an_id_that_is_none_is_refused(client: Client, world: World) -> None:
    world.hub.has("romeo")
    client.auth.tokens["romeo"] = ()
    assert await client.condition("GET", "api/documents/..%2f..", "romeo") == (400, "bad-request")


async def test_a_jupyter_server_gets_its_credential(client: Client, world: World) -> None:
    world.hub.has("romeo")
    client.auth.tokens["romeo"] = (CREDENTIALS, "access:servers!server=romeo/mantua")
    response = await client.call("POST", "api/credentials", "romeo", body=b"{}")
    assert response.code == 201
    credential = json.loads(response.body)
    conforms(credential, "Credential")
    assert credential["account"]["jid"] == "romeo@montague.lit"
    assert credential["resource"] == "jupyter-mantua"
    assert credential["renew_after_seconds"] == 450
    (lease,) = await world.leases.of_account((await world.somebody("romeo")).id)
    assert (lease.token_id, lease.server_name) == ("romeo", "mantua")


async def test_any_other_token_gets_none(client: Client, world: World) -> None:
    world.hub.has("romeo")
    client.auth.tokens["romeo"] = (CREDENTIALS,)
    assert await client.condition("POST", "api/credentials", "romeo") == (403, "forbidden")
    assert await client.condition("POST", "api/credentials") == (401, "not-authorized")


async def test_metrics_are_for_whoever_may_read_the_hubs(client: Client) -> None:
    client.auth.tokens |= {"romeo": (), "prometheus": (METRICS,)}
    assert await client.condition("GET", "metrics", "romeo") == (403, "forbidden")
    metrics = await client.call("GET", "metrics", "prometheus")
    assert metrics.headers["Content-Type"].startswith("text/plain")
    assert b"xmpp_bridge_updates_refused_total" in metrics.body


async def test_the_openapi_document_is_served_to_everybody(client: Client) -> None:
    served = json.loads((await client.call("GET", "api/openapi.json")).body)
    assert served["servers"] == [{"url": PREFIX.rstrip("/")}]


async def test_a_sync_travels_as_bytes(client: Client, world: World) -> None:
    document = (await world.document("romeo")).document.id
    client.auth.tokens["romeo"] = ()
    ask = SyncMessage("0" * 16, EMPTY_STATE_VECTOR, EMPTY_UPDATE)
    response = await client.call(
        "POST", f"api/documents/{document}/sync", "romeo", body=encode_sync(ask)
    )
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert decode_sync(response.body) == SyncMessage("", EMPTY_STATE_VECTOR, EMPTY_UPDATE)


async def test_a_stranger_cannot_make_the_service_read_a_large_body(client: Client) -> None:
    large = bytes(MOST_JSON + 1)
    path = f"api/documents/{'0' * 32}/sync"
    assert await client.condition("POST", path, body=large) == (401, "not-authorized")


async def test_only_a_sync_may_be_large(client: Client, world: World) -> None:
    world.hub.has("romeo")
    client.auth.tokens["romeo"] = (ROOMS_WRITE,)
    large = bytes(MOST_JSON + 1)
    assert MOST_SYNC > MOST_JSON
    assert (await client.call("POST", "api/rooms", "romeo", body=large)).code == 400
    path = f"api/documents/{'0' * 32}/sync"
    assert await client.condition("POST", path, "romeo", body=large) == (400, "bad-request")
