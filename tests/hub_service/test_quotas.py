"""A program that makes rooms or app passwords without end waits; a person never notices."""

from __future__ import annotations

import pytest

from tests.hub_service.world import World
from xmpp_bridge.hub_service.app_passwords import A_NEW_ONE_EVERY, NEW_AT_ONCE
from xmpp_bridge.hub_service.quotas import A_ROOM_EVERY, ROOMS_AT_ONCE, Quotas
from xmpp_bridge.xmpp.errors import TooOftenError


@pytest.fixture
def quotas(world: World) -> Quotas:
    return world.stores.quotas


async def test_rooms_without_end_wait_for_one_another(world: World, quotas: Quotas) -> None:
    juliet, romeo = await world.somebody("juliet"), await world.somebody("romeo")
    for _ in range(ROOMS_AT_ONCE):
        await quotas.one_more_room(juliet.id)
    with pytest.raises(TooOftenError):
        await quotas.one_more_room(juliet.id)
    await quotas.one_more_room(romeo.id)  # nobody waits for somebody else's
    world.seconds += A_ROOM_EVERY
    await quotas.one_more_room(juliet.id)


async def test_app_passwords_without_end_wait_for_one_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmpp_bridge.hub_service.app_passwords.hashed", lambda _password: "hash")
    juliet = await world.somebody("juliet")

    async def make_and_revoke() -> None:
        made, _secret = await world.app_passwords.make(juliet, "Phone", None)
        await world.app_passwords.revoke(juliet, made.id)

    for _ in range(NEW_AT_ONCE):
        await make_and_revoke()
    with pytest.raises(TooOftenError):
        await make_and_revoke()
    world.seconds += A_NEW_ONE_EVERY
    await make_and_revoke()
