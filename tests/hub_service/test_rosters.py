"""Groups of the hub as contact lists, on a fake ejabberd; tests/ejabberd/test_roster_groups.py asks a real one."""

from __future__ import annotations

import pytest

from tests.hub_service.world import World
from xmpp_bridge.hub_service.nudge import Nudge
from xmpp_bridge.xmpp.errors import UnavailableError


def contact_lists(world: World) -> dict[str, set[str]]:
    """Who sees whom, by the heading."""
    return dict(world.ejabberd.rosters.values())


async def settled(world: World) -> None:
    """As the task of its own does after each look."""
    assert world.rosters._news.is_set()
    world.rosters._news.clear()
    await world.rosters.follow()


async def test_people_of_a_group_are_contacts_from_the_next_look_on(world: World) -> None:
    world.hub.puts("romeo", "montagues")
    world.hub.puts("tybalt", "montagues", "swords")
    await world.shared.following.look()
    await settled(world)
    assert contact_lists(world) == {"montagues": {"romeo", "tybalt"}}

    world.hub.puts("juliet", "montagues")
    world.hub.puts("tybalt", "swords")
    world.shared.following.nudge(Nudge(groups={"montagues"}))
    await world.shared.following.look()
    await settled(world)
    assert contact_lists(world) == {"montagues": {"juliet", "romeo"}}


async def test_in_a_group_that_grows_too_large_nobody_sees_anybody(world: World) -> None:
    for name in ("romeo", "juliet", "tybalt"):
        world.hub.puts(name, "verona")
    await world.shared.following.look()
    await settled(world)
    assert len(contact_lists(world)["verona"]) == 3

    world.hub.has("escalus")
    world.hub.puts("escalus", "verona")
    world.shared.following.nudge(Nudge(groups={"verona"}))
    await world.shared.following.look()
    await settled(world)
    assert contact_lists(world) == {}


async def test_whoever_is_deleted_is_nobodys_contact(world: World) -> None:
    for name in ("romeo", "juliet", "tybalt"):
        world.hub.puts(name, "verona")
    await world.shared.following.look()
    await settled(world)
    del world.hub.people["juliet"]
    world.shared.following.nudge(Nudge(users={"juliet"}))
    await world.shared.following.look()
    await settled(world)
    assert contact_lists(world) == {"verona": {"romeo", "tybalt"}}


async def test_what_could_not_be_done_is_done_later_and_others_groups_are_left_alone(
    world: World,
) -> None:
    world.ejabberd.rosters["theirs"] = ("friends", {"romeo"})
    world.hub.puts("romeo", "verona")
    world.hub.puts("juliet", "verona")
    world.ejabberd.away = True
    await world.shared.following.look()  # It goes on whatever becomes of contact lists.
    with pytest.raises(UnavailableError):
        await settled(world)
    world.ejabberd.away = False
    await world.rosters.follow()
    assert contact_lists(world) == {"friends": {"romeo"}, "verona": {"juliet", "romeo"}}


async def test_what_an_ejabberd_has_lost_is_there_again_within_a_quarter_of_an_hour(
    world: World,
) -> None:
    world.hub.puts("romeo", "verona")
    world.hub.puts("juliet", "verona")
    await world.shared.following.look()
    await settled(world)
    world.ejabberd.rosters.clear()
    world.seconds += 15 * 60
    await world.shared.following.look()
    await settled(world)
    assert contact_lists(world) == {"verona": {"juliet", "romeo"}}
