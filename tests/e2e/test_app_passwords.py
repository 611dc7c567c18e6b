"""People's own XMPP clients log in with app passwords, and are out when these are revoked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from slixmpp import JID

from demo.rest import RefusedError, Rest
from tests.e2e.people import PATIENCE, Actor, acting, connected
from tests.e2e.servers import DOMAIN, Hub
from xmpp_bridge.accounts.lockout import FREE
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS, access
from xmpp_bridge.xmpp.errors import NotAuthorizedError
from xmpp_bridge.xmpp.stream import Login, Secret, Stream, logged_in

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

FORBIDDEN = 403


async def page_of(hub: Hub, name: str) -> Rest:
    """The service as somebody's browser reaches it."""
    token = await hub.user_token(name, [access("xmpp-bridge"), APP_PASSWORDS])
    return hub.service(token)


async def made(page: Rest, label: str = "Phone") -> dict[str, Any]:
    return dict(await page.call("POST", "api/app-passwords", {"label": label}))


async def login_with(actor: Actor, password: str, resource: str) -> Login:
    """As another client than the Jupyter server: same account, same server, another password."""
    lent = (await actor.service.credential()).login
    return Login(
        JID(f"{lent.jid.bare}/{resource}"),
        Secret(password),
        lent.host,
        lent.port,
        lent.authorities,
    )


@asynccontextmanager
async def phone(actor: Actor, password: str, resource: str = "phone") -> AsyncIterator[Stream]:
    async with logged_in(await login_with(actor, password, resource)) as stream:
        yield stream


async def refused(actor: Actor, password: str) -> bool:
    try:
        async with phone(actor, password):
            return False
    except NotAuthorizedError:
        return True


async def out_at(stream: Stream) -> float:
    """When the client has noticed that it is out."""
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait([stream.ended])
    return time.monotonic()


@pytest.mark.parametrize("times", [3, pytest.param(50, marks=pytest.mark.accept)])
async def test_a_client_logs_in_stays_and_is_out_within_a_second(
    hub: Hub, times: int, record_property: Any
) -> None:
    """The sweeper, which looks every two seconds here, leaves it alone while the app password lives."""
    seconds = []
    async with acting(hub, "juliet") as (juliet,):
        page = await page_of(hub, "juliet")
        for _ in range(times):
            new = await made(page)
            async with AsyncExitStack() as stack:
                phones = [
                    await stack.enter_async_context(phone(juliet, new["password"], resource))
                    for resource in ("phone", "desktop")
                ]
                out = [asyncio.create_task(out_at(stream)) for stream in phones]
                began = time.monotonic()
                await page.call("DELETE", f"api/app-passwords/{new['id']}")
                seconds += [at - began for at in await asyncio.gather(*out)]
            assert await refused(juliet, new["password"])
    slowest = max(seconds)
    record_property("figure", f"{len(seconds)} connections, the slowest out after {slowest:.3f} s")
    assert slowest < 1.0


async def test_one_that_is_not_revoked_stays_when_the_service_looks_around(hub: Hub) -> None:
    async with acting(hub, "juliet", "romeo") as (juliet, romeo):
        page = await page_of(hub, "juliet")
        new = await made(page)
        async with phone(juliet, new["password"]) as stream, connected(romeo, "orchard") as other:
            # Romeo has no app password: when this one of his is out, the service has looked.
            await out_at(other)
            assert not stream.ended.done()
            assert stream.boundjid.full == f"juliet@{DOMAIN}/phone"
        await page.call("DELETE", f"api/app-passwords/{new['id']}")


async def test_guessing_is_stopped_and_its_owner_is_told(hub: Hub, record_property: Any) -> None:
    async with acting(hub, "mercutio") as (mercutio,):
        page = await page_of(hub, "mercutio")
        new, other = await made(page, "Phone"), await made(page, "Desktop")
        wrong = new["password"][:-1] + ("a" if new["password"][-1] != "a" else "b")
        async with phone(mercutio, other["password"], "desktop") as desktop:
            told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            desktop.add_event_handler(
                "message", lambda message: None if told.done() else told.set_result(message["body"])
            )
            desktop.send_presence()
            for _ in range(FREE):
                assert await refused(mercutio, wrong)
            async with asyncio.timeout(PATIENCE):
                assert "“Phone”" in await told
            assert await refused(mercutio, new["password"]), "it is locked, right or wrong"
            async with phone(mercutio, other["password"], "second") as second:
                assert second.boundjid.resource == "second"
        for each in (new, other):
            await page.call("DELETE", f"api/app-passwords/{each['id']}")
    record_property("figure", f"locked after {FREE} wrong ones, the others go on, its owner told")


async def test_what_runs_in_a_notebook_makes_no_app_password(hub: Hub) -> None:
    async with acting(hub, "romeo") as (romeo,):
        with pytest.raises(RefusedError) as error:
            await made(hub.service(romeo.server.token))
        assert error.value.status == FORBIDDEN


async def test_whoever_the_hub_blocks_is_out_with_every_client(hub: Hub) -> None:
    await hub.create_user("balthasar")
    async with acting(hub, "balthasar") as (balthasar,):
        new = await made(await page_of(hub, "balthasar"))
        async with phone(balthasar, new["password"]) as stream:
            login = await login_with(balthasar, new["password"], "phone")
            await hub.stop_server("balthasar")
            await hub.delete_user("balthasar")
            await out_at(stream)
        with pytest.raises(NotAuthorizedError):
            async with logged_in(login):
                pass
