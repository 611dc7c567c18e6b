from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub_service.client import Client
from tests.hub_service.world import World
from xmpp_bridge.accounts.app_password import AppPassword
from xmpp_bridge.accounts.app_password_store import AppPasswordStore
from xmpp_bridge.accounts.lease_store import Lease
from xmpp_bridge.accounts.lockout import FIRST, FREE
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.app_passwords import MOST
from xmpp_bridge.hub_service.ending import NEGOTIATION
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS, server_token_scopes
from xmpp_bridge.storage.engine import reading
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError, NotFoundError

PHONE, JUPYTER = "juliet@montague.lit/phone", "juliet@montague.lit/jupyter"


@pytest.fixture
async def juliet(world: World) -> Account:
    return await world.somebody("juliet")


async def made(world: World, owner: Account, days: int | None = None) -> tuple[AppPassword, str]:
    password, secret = await world.app_passwords.make(owner, "Phone", days)
    return password, str(secret)


def wrong(password: str) -> str:
    """The same selector, and another secret."""
    return password[:-1] + ("a" if password[-1] != "a" else "b")


async def test_a_client_logs_in_with_it_and_its_owner_sees_when(
    world: World, juliet: Account
) -> None:
    _, secret = await made(world, juliet)
    assert await world.app_passwords.may_log_in("juliet", secret)
    (known,) = await world.app_passwords.all_of(juliet)
    assert known.last_used_at == world.now()


async def test_it_is_good_for_its_account_alone(world: World, juliet: Account) -> None:
    await world.somebody("romeo")
    _, secret = await made(world, juliet)
    for localpart, password in [
        ("romeo", secret),
        ("tybalt", secret),
        ("juliet", wrong(secret)),
        ("juliet", ""),
        ("juliet", "x" * 5000),
    ]:
        assert not await world.app_passwords.may_log_in(localpart, password)


async def test_the_database_holds_a_hash_and_never_the_password(
    world: World, juliet: Account, engine: AsyncEngine
) -> None:
    _, secret = await made(world, juliet)
    async with reading(engine) as connection:
        rows = (await connection.execute(text("SELECT * FROM app_passwords"))).all()
    (row,) = rows
    plain = secret.replace("-", "")
    assert row.hash.startswith("$argon2id$")
    assert plain[4:] not in str(row)
    for stolen in (row.hash, row.selector, plain[:4] + row.hash):
        assert not await world.app_passwords.may_log_in("juliet", stolen)


async def test_revoked_it_is_good_for_nothing_and_every_session_ends(
    world: World, juliet: Account
) -> None:
    password, secret = await made(world, juliet)
    world.ejabberd.logged_in = [PHONE]
    await world.app_passwords.revoke(juliet, password.id)
    assert world.ejabberd.logged_in == []
    assert not await world.app_passwords.may_log_in("juliet", secret)
    assert await world.app_passwords.all_of(juliet) == []
    with pytest.raises(NotFoundError):
        await world.app_passwords.revoke(juliet, password.id)


async def test_nobody_revokes_anothers(world: World, juliet: Account) -> None:
    password, secret = await made(world, juliet)
    with pytest.raises(NotFoundError):
        await world.app_passwords.revoke(await world.somebody("romeo"), password.id)
    assert await world.app_passwords.may_log_in("juliet", secret)


async def test_who_was_let_in_a_moment_before_and_becomes_a_session_after_is_ended_too(
    world: World, juliet: Account
) -> None:
    await world.leases.grant(Lease(juliet.id, "jupyter", "a1", "", world.now() + timedelta(1)))
    password, secret = await made(world, juliet)
    assert await world.app_passwords.may_log_in("juliet", secret)
    await world.app_passwords.revoke(juliet, password.id)
    world.ejabberd.logged_in = [PHONE, JUPYTER]
    watch = asyncio.create_task(world.ending.run())
    async with asyncio.timeout(10):
        while PHONE in world.ejabberd.logged_in:
            await asyncio.sleep(0)
    assert world.ejabberd.logged_in == [JUPYTER]
    world.seconds += NEGOTIATION
    watch.cancel()
    with suppress(asyncio.CancelledError):
        await watch


async def test_a_client_that_calls_itself_a_jupyter_server_is_ended(
    world: World, juliet: Account
) -> None:
    await world.leases.grant(Lease(juliet.id, "jupyter", "a1", "", world.now() + timedelta(1)))
    _, secret = await made(world, juliet)
    assert await world.app_passwords.may_log_in("juliet", secret)
    world.ejabberd.logged_in = [PHONE, JUPYTER, f"{JUPYTER}-mantua"]
    looking = asyncio.create_task(world.impostors.run())
    async with asyncio.timeout(10):
        while len(world.ejabberd.logged_in) > 2:
            await asyncio.sleep(0)
    assert world.ejabberd.logged_in == [PHONE, JUPYTER]
    looking.cancel()
    await asyncio.wait([looking])


async def test_its_owner_sees_that_it_is_locked_and_for_how_long(
    world: World, juliet: Account
) -> None:
    password, secret = await made(world, juliet)
    assert world.app_passwords.locked_seconds(password) == 0
    for _ in range(FREE):
        await world.app_passwords.may_log_in("juliet", wrong(secret))
    assert world.app_passwords.locked_seconds(password) == FIRST
    world.seconds += FIRST
    assert world.app_passwords.locked_seconds(password) == 0


async def test_who_is_a_session_already_needs_no_watch(world: World, juliet: Account) -> None:
    first, secret = await made(world, juliet)
    await made(world, juliet)
    assert await world.app_passwords.may_log_in("juliet", secret)
    world.ejabberd.logged_in = [PHONE]
    await world.app_passwords.revoke(juliet, first.id)
    world.ejabberd.logged_in = [PHONE]  # back with the other one
    watch = asyncio.create_task(world.ending.run())
    for _ in range(20):
        await asyncio.sleep(0)
    watch.cancel()
    assert world.ejabberd.logged_in == [PHONE]


async def test_sessions_end_as_soon_as_ejabberd_can_be_told(world: World, juliet: Account) -> None:
    password, _ = await made(world, juliet)
    world.ejabberd.logged_in, world.ejabberd.away = [PHONE], True
    await world.app_passwords.revoke(juliet, password.id)
    world.ejabberd.away = False
    watch = asyncio.create_task(world.ending.run())
    async with asyncio.timeout(10):
        while world.ejabberd.logged_in:
            await asyncio.sleep(0)
    watch.cancel()
    with suppress(asyncio.CancelledError):
        await watch


async def test_what_has_run_out_lets_nobody_in_and_its_sessions_end(
    world: World, juliet: Account
) -> None:
    _, secret = await made(world, juliet, days=1)
    world.ejabberd.logged_in = [PHONE]
    world.clock += timedelta(days=1)
    assert not await world.app_passwords.may_log_in("juliet", secret)
    await world.app_passwords.end_expired()
    assert world.ejabberd.logged_in == []


async def test_whom_the_hub_has_blocked_or_made_anew_does_not_come_in(
    world: World, juliet: Account
) -> None:
    _, secret = await made(world, juliet)
    world.hub.has("juliet", blocked=True)
    assert not await world.app_passwords.may_log_in("juliet", secret)
    world.hub.has("juliet")  # another person of that name: their `created` stamp differs
    assert not await world.app_passwords.may_log_in("juliet", secret)
    del world.hub.people["juliet"]
    assert not await world.app_passwords.may_log_in("juliet", secret)


async def test_while_the_hub_is_away_nobody_new_comes_in(world: World, juliet: Account) -> None:
    _, secret = await made(world, juliet)
    world.hub.away = True
    assert not await world.app_passwords.may_log_in("juliet", secret)
    world.hub.away = False
    assert await world.app_passwords.may_log_in("juliet", secret)


async def test_who_guesses_is_locked_out_and_the_owner_is_told(
    world: World, juliet: Account
) -> None:
    _, secret = await made(world, juliet)
    for _ in range(FREE):
        assert not await world.app_passwords.may_log_in("juliet", wrong(secret))
    assert world.locked == ["juliet: Phone"]
    assert not await world.app_passwords.may_log_in("juliet", secret)
    world.seconds += FIRST
    assert await world.app_passwords.may_log_in("juliet", secret)


async def test_who_does_not_know_which_one_it_is_locks_nobody_out(
    world: World, juliet: Account
) -> None:
    _, secret = await made(world, juliet)
    blind = ("a" if secret[0] != "a" else "b") + secret[1:]
    for _ in range(10 * FREE):
        assert not await world.app_passwords.may_log_in("juliet", blind)
    assert await world.app_passwords.may_log_in("juliet", secret)
    assert world.locked == []


async def test_nobody_has_any_number_of_them(world: World, juliet: Account) -> None:
    for _ in range(MOST):
        await made(world, juliet)
    with pytest.raises(ConflictError):
        await made(world, juliet)


@pytest.mark.parametrize("days", [0, -1, 10**6])
async def test_an_app_password_lives_for_a_while(world: World, juliet: Account, days: int) -> None:
    with pytest.raises(BadPayloadError):
        await made(world, juliet, days)


async def test_programs_make_list_and_revoke(client: Client, world: World) -> None:
    await world.somebody("juliet")
    client.auth.tokens["juliet"] = (APP_PASSWORDS,)
    answer = await client.call(
        "POST", "api/app-passwords", "juliet", json.dumps({"label": "Phone", "days": 30}).encode()
    )
    new = json.loads(answer.body)
    assert answer.code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert new["login"]["uri"] == "xmpp:juliet@montague.lit"
    assert await world.app_passwords.may_log_in("juliet", new["password"])
    listed = json.loads((await client.call("GET", "api/app-passwords", "juliet")).body)
    assert [each["label"] for each in listed["app_passwords"]] == ["Phone"]
    assert new["password"] not in json.dumps(listed)
    gone = await client.call("DELETE", f"api/app-passwords/{new['id']}", "juliet")
    assert gone.code == 204
    assert not await world.app_passwords.may_log_in("juliet", new["password"])


@pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 30, "%00"])
async def test_there_is_no_such_app_password(client: Client, world: World, number: str) -> None:
    await world.somebody("juliet")
    client.auth.tokens["juliet"] = (APP_PASSWORDS,)
    request = ("DELETE", f"api/app-passwords/{number}", "juliet")
    assert await client.condition(*request) == (404, "item-not-found")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"label": ""}', b'{"label": "x", "days": true}'])
async def test_what_is_no_app_password_is_refused(
    client: Client, world: World, body: bytes
) -> None:
    await world.somebody("juliet")
    client.auth.tokens["juliet"] = (APP_PASSWORDS,)
    request = ("POST", "api/app-passwords", "juliet", body)
    assert await client.condition(*request) == (400, "bad-request")


async def test_a_jupyter_servers_token_makes_none(client: Client, world: World) -> None:
    await world.somebody("juliet")
    client.auth.tokens["juliet"] = tuple(
        scope.replace("!server", "!server=juliet/") for scope in server_token_scopes("xmpp-bridge")
    )
    for method, body in (("GET", None), ("POST", b'{"label": "x"}')):
        request = (method, "api/app-passwords", "juliet", body)
        assert await client.condition(*request) == (403, "forbidden")


async def test_the_page_shows_a_password_once(client: Client, world: World) -> None:
    await world.somebody("juliet")
    client.auth.tokens["juliet"] = (APP_PASSWORDS,)
    form = b"label=My+%3Cphone%3E&days=30"
    page = (await client.call("POST", "app-passwords", "juliet", form)).body.decode()
    (secret,) = re.findall(r"<code>((?:\w{4}-){5}\w{4})</code>", page)
    assert await world.app_passwords.may_log_in("juliet", secret)
    assert "My &lt;phone&gt;" in page
    later = (await client.call("GET", "app-passwords", "juliet")).body.decode()
    assert secret not in later
    assert "My &lt;phone&gt;" in later


async def test_the_page_says_what_is_wrong(client: Client, world: World) -> None:
    await world.somebody("juliet")
    client.auth.tokens["juliet"] = (APP_PASSWORDS,)
    answer = await client.call("POST", "app-passwords", "juliet", b"label=")
    assert answer.code == 400
    assert b"a label is a line" in answer.body


async def test_what_was_revoked_before_the_service_died_is_ended_when_it_is_back(
    world: World, juliet: Account
) -> None:
    await world.leases.grant(Lease(juliet.id, "jupyter", "a1", "", world.now() + timedelta(1)))
    password, _ = await made(world, juliet)
    await made(world, juliet)
    world.ejabberd.logged_in = [PHONE, JUPYTER]
    assert await AppPasswordStore(world.engine).revoke(juliet.id, password.id, world.now())
    await world.app_passwords.resume()
    watch = asyncio.create_task(world.ending.run())
    async with asyncio.timeout(10):
        while PHONE in world.ejabberd.logged_in:
            await asyncio.sleep(0)
    assert world.ejabberd.logged_in == [JUPYTER]
    watch.cancel()
    await asyncio.wait([watch])
