"""A person may write as fast as they can; a program that fills rooms is put out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from slixmpp import JID

from tests.hub_service.world import DOMAIN, World
from xmpp_bridge.hub_service.floods import AT_ONCE, BARRED, EVERY

PHONE = JID(f"juliet@{DOMAIN}/phone")


@pytest.fixture
async def putting_out(world: World) -> AsyncIterator[None]:
    running = asyncio.create_task(world.floods.run())
    yield
    running.cancel()
    await asyncio.wait([running])


@pytest.mark.usefixtures("putting_out")
async def test_a_flood_is_ended_and_its_client_waits(world: World) -> None:
    juliet = await world.somebody("juliet")
    _, secret = await world.app_passwords.make(juliet, "Phone", None)
    other = f"juliet@{DOMAIN}/jupyter"
    world.ejabberd.logged_in = [PHONE.full, other]
    for _ in range(AT_ONCE):
        world.floods.hear(PHONE)
    assert not world.floods.is_barred("juliet")
    for _ in range(AT_ONCE):
        world.floods.hear(PHONE)
    async with asyncio.timeout(5):
        while PHONE.full in world.ejabberd.logged_in:
            await asyncio.sleep(0)
    assert world.ejabberd.logged_in == [other]
    assert not await world.app_passwords.may_log_in("juliet", str(secret))
    world.seconds += BARRED
    assert await world.app_passwords.may_log_in("juliet", str(secret))


@pytest.mark.usefixtures("putting_out")
async def test_many_clients_of_one_account_are_one_flood(world: World) -> None:
    phones = [JID(f"juliet@{DOMAIN}/phone-{number}") for number in range(AT_ONCE + 10)]
    world.ejabberd.logged_in = [each.full for each in phones]
    for each in phones:
        world.floods.hear(each)
    async with asyncio.timeout(5):
        while len(world.ejabberd.logged_in) > AT_ONCE:
            await asyncio.sleep(0)
    assert world.ejabberd.logged_in == [each.full for each in phones[:AT_ONCE]]
    world.floods.hear(phones[0])
    async with asyncio.timeout(5):
        while phones[0].full in world.ejabberd.logged_in:
            await asyncio.sleep(0)


async def test_nobody_else_is_put_out(world: World) -> None:
    for _ in range(10 * AT_ONCE):
        world.floods.hear(JID(f"juliet@{DOMAIN}/jupyter"))
        world.floods.hear(JID("tybalt@capulet.lit/phone"))
        world.seconds += EVERY
        world.floods.hear(PHONE)
    assert not any(map(world.floods.is_barred, ("juliet", "tybalt")))
