from __future__ import annotations

from dataclasses import replace

import pytest

from tests.hub_service.world import World, caller
from xmpp_bridge.hub_service.caller import Caller
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError


async def test_the_hub_is_asked_once_in_a_while(world: World) -> None:
    world.hub.has("romeo")
    for _ in range(3):
        await world.people.account_of(caller("romeo"))
    assert world.hub.asked == ["romeo"]

    world.seconds += 31
    await world.people.account_of(caller("romeo"))
    assert world.hub.asked == ["romeo", "romeo"]


async def test_a_namesake_with_another_token_is_not_taken_for_the_one_before(world: World) -> None:
    world.hub.has("romeo")
    before = await world.people.account_of(caller("romeo", token_id="a1"))
    world.hub.has("romeo")
    after = await world.people.account_of(caller("romeo", token_id="a2"))
    assert (before.localpart, after.localpart) == ("romeo", "romeo~2")


async def test_the_id_of_a_token_that_is_gone_may_be_anothers(world: World) -> None:
    """As on a hub with SQLite: the namesake's token got the number of the one before."""
    world.hub.has("romeo")
    before = await world.people.account_of(replace(caller("romeo"), fingerprint="of one"))
    world.hub.has("romeo")
    after = await world.people.account_of(replace(caller("romeo"), fingerprint="of another"))
    assert before.id != after.id


async def test_nobody_gets_an_account_whom_the_hub_does_not_know_or_has_blocked(
    world: World,
) -> None:
    with pytest.raises(NotFoundError):
        await world.people.named("tybalt")
    world.hub.has("tybalt", blocked=True)
    with pytest.raises(ForbiddenError):
        await world.people.named("tybalt")


async def test_a_hub_service_has_no_account(world: World) -> None:
    culler = Caller("culler", "service", "a1", None, frozenset())
    with pytest.raises(ForbiddenError):
        await world.people.account_of(culler)
