"""The hub's people and groups, as they come, go, are renamed and made again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.hub_service.world import World
from xmpp_bridge.hub_service.nudge import MOST_NAMES, Nudge, read_nudge
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import BadPayloadError, UnavailableError


async def test_everybody_on_the_hub_has_an_account_before_they_come(world: World) -> None:
    world.hub.has("rosaline")

    await world.shared.following.everybody()

    assert await world.accounts.by_hub_user("rosaline") is not None


async def test_whoever_is_deleted_and_made_again_inherits_nothing(world: World) -> None:
    document = (await world.document("romeo", juliet="editor")).document
    before = await world.somebody("juliet")
    del world.hub.people["juliet"]
    world.hub.has("tybalt")
    await world.shared.following.everybody()
    assert await world.accounts.by_hub_user("juliet") is None

    world.hub.has("juliet")
    await world.shared.following.everybody()

    again = await world.accounts.by_hub_user("juliet")
    assert again is not None
    assert again.localpart != before.localpart
    assert await world.rooms.role_in_room(document.room_id, again.id) is None
    assert await world.rooms.role_in_room(document.room_id, before.id) is None


async def test_whoever_is_renamed_keeps_everything(world: World) -> None:
    document = (await world.document("romeo", juliet="editor")).document
    before = await world.somebody("juliet")
    person = world.hub.people.pop("juliet")
    user = replace(person.user, name="lady-capulet")
    world.hub.people["lady-capulet"] = replace(person, user=user)

    world.shared.following.nudge(Nudge(users={"juliet", "lady-capulet"}))
    await world.shared.following.look()

    after = await world.accounts.by_hub_user("lady-capulet")
    assert after is not None
    assert (after.id, after.localpart, after.enabled) == (before.id, before.localpart, True)
    assert await world.rooms.role_in_room(document.room_id, after.id) is Role.EDITOR


async def test_a_blocked_person_is_out(world: World) -> None:
    document = (await world.document("romeo", tybalt="editor")).document
    tybalt = await world.somebody("tybalt")
    world.hub.people["tybalt"] = replace(world.hub.people["tybalt"], blocked=True)

    await world.shared.following.person("tybalt")

    assert await world.rooms.role_in_room(document.room_id, tybalt.id) is None


async def test_a_nudge_is_kept_until_the_hub_answers(world: World) -> None:
    await world.document("romeo", juliet="editor")
    del world.hub.people["juliet"]
    world.hub.away = True
    world.shared.following.nudge(Nudge(users={"juliet"}))
    with pytest.raises(UnavailableError):
        await world.shared.following.look()
    world.hub.away = False
    await world.shared.following.look()

    assert await world.accounts.by_hub_user("juliet") is None


async def test_a_room_without_an_owner_goes_to_its_heir_or_to_an_admin(world: World) -> None:
    orchard = (await world.document("romeo", juliet="viewer")).document.room_id
    romeo = await world.somebody("romeo")
    await world.shared.moderation.set_heir(romeo, orchard, "juliet")
    cell = (await world.document("romeo", juliet="viewer")).document.room_id
    prince = world.hub.has("escalus")
    world.hub.people["escalus"] = replace(prince, admin=True)
    juliet = await world.somebody("juliet")
    del world.hub.people["romeo"]

    await world.shared.following.everybody()

    escalus = await world.somebody("escalus")
    assert await world.rooms.role_in_room(orchard, juliet.id) is Role.OWNER
    assert await world.rooms.role_in_room(orchard, escalus.id) is None
    assert await world.rooms.role_in_room(cell, escalus.id) is Role.OWNER
    assert await world.rooms.role_in_room(cell, juliet.id) is Role.VIEWER


async def test_without_nudges_groups_change_for_those_who_are_active_and_all_others_later(
    world: World,
) -> None:
    room = (await world.document("romeo")).document.room_id
    romeo = await world.somebody("romeo")
    world.hub.puts("romeo", "montagues")
    await world.shared.access.put_group(romeo, room, "montagues", Role.VIEWER, all_seen=False)
    await world.shared.following.everybody()
    world.hub.has("benvolio")
    world.hub.puts("benvolio", "montagues")
    world.hub.has("abram", servers=())
    world.hub.puts("abram", "montagues")
    for _ in range(4):
        world.hub.has(f"citizen-{len(world.hub.people)}", servers=())

    world.shared.following.nudge(Nudge(shares=True))
    await world.shared.following.look()

    names = {member.account.hub_user for member in await world.rooms.members(room)}
    assert names == {"romeo", "benvolio"}
    world.seconds += timedelta(minutes=15).total_seconds()
    await world.shared.following.look()
    names = {member.account.hub_user for member in await world.rooms.members(room)}
    assert names == {"romeo", "benvolio", "abram"}


@pytest.mark.parametrize(
    "fields", [{"users": "romeo"}, {"groups": [7]}, {"all": 1}, {"users": ["x"] * (MOST_NAMES + 1)}]
)
def test_what_is_no_nudge_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(BadPayloadError):
        read_nudge(fields)


def test_a_nudge_is_read_as_it_was_written() -> None:
    nudge = Nudge({"romeo"}, {"montagues"}, shares=True)
    assert read_nudge(nudge.to_json()) == nudge
