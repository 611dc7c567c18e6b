"""Bans, mutes, locks, and whose the room is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.hub_service.world import ADDRESSES, World
from xmpp_bridge.hub_service.sharing import OpenDocument
from xmpp_bridge.rooms.entry import Restriction
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import ConflictError, ForbiddenError

BAN, MUTE = Restriction


def chat(world: World, opened: OpenDocument) -> dict[str, str]:
    return world.ejabberd.room(opened.document.room_id, ADDRESSES.rooms)[1]


def voices(world: World, opened: OpenDocument) -> dict[str, str]:
    return world.ejabberd.room(opened.document.id, ADDRESSES.documents)[1]


async def test_whoever_is_banned_is_out_of_everything_until_it_is_over(world: World) -> None:
    opened = await world.document("romeo", tybalt="editor")
    romeo, tybalt = await world.somebody("romeo"), await world.somebody("tybalt")
    room = opened.document.room_id

    await world.shared.moderation.restrict(romeo, room, "tybalt", BAN, "duels", 60)

    assert await world.rooms.role_in_room(room, tybalt.id) is None
    assert chat(world, opened)["tybalt@montague.lit"] == "none"
    assert voices(world, opened)["tybalt@montague.lit"] == "none"
    with pytest.raises(ForbiddenError, match="banned"):
        await world.sharing.set_member(romeo, room, "tybalt", Role.VIEWER)
    world.clock += timedelta(minutes=60)
    await world.shared.moderation.lapse()
    assert await world.rooms.role_in_room(room, tybalt.id) is Role.EDITOR
    assert voices(world, opened)["tybalt@montague.lit"] == "member"


async def test_whoever_is_muted_reads_and_edits_but_does_not_chat(world: World) -> None:
    opened = await world.document("romeo", mercutio="editor")
    romeo, mercutio = await world.somebody("romeo"), await world.somebody("mercutio")
    room = opened.document.room_id

    await world.shared.moderation.restrict(romeo, room, "mercutio", MUTE, "puns", None)

    assert chat(world, opened)["mercutio@montague.lit"] == "none"
    assert voices(world, opened)["mercutio@montague.lit"] == "member"
    assert await world.rooms.role_in_room(room, mercutio.id) is Role.EDITOR
    opened_access = await world.shared.access.of_room(mercutio, room)
    (person,) = (
        each
        for each in world.sharing_views.access(opened_access)["people"]
        if each["hub_user"] == "mercutio"
    )
    assert (person["muted"]["reason"], person["muted"]["by"]) == ("puns", "romeo")
    await world.shared.moderation.lift(romeo, room, "mercutio", MUTE)
    assert chat(world, opened)["mercutio@montague.lit"] == "member"


async def test_in_a_locked_document_nobody_types(world: World) -> None:
    opened = await world.document("romeo", juliet="editor")
    romeo, juliet = await world.somebody("romeo"), await world.somebody("juliet")
    document = opened.document.id

    await world.shared.moderation.lock(romeo, document, "pencils down")

    assert set(voices(world, opened).values()) == {"none"}
    for person in (romeo, juliet):
        assert await world.rooms.role_in_document(document, person.id) is Role.VIEWER
        seen = await world.sharing.document(person, document)
        assert seen.role is Role.VIEWER
        assert seen.lock is not None
        assert seen.lock.reason == "pencils down"
    assert await world.rooms.role_in_room(opened.document.room_id, juliet.id) is Role.EDITOR
    with pytest.raises(ForbiddenError):
        await world.shared.moderation.unlock(juliet, document)
    await world.shared.moderation.unlock(romeo, document)
    assert voices(world, opened) == {
        "romeo@montague.lit": "member",
        "juliet@montague.lit": "member",
    }


async def test_a_room_is_handed_to_another_member(world: World) -> None:
    room = (await world.document("romeo", juliet="viewer")).document.room_id
    romeo, juliet = await world.somebody("romeo"), await world.somebody("juliet")

    await world.shared.moderation.transfer(romeo, room, "juliet")

    assert await world.rooms.role_in_room(room, juliet.id) is Role.OWNER
    assert await world.rooms.role_in_room(room, romeo.id) is Role.EDITOR
    await world.somebody("tybalt")
    with pytest.raises(ConflictError):
        await world.shared.moderation.transfer(juliet, room, "tybalt")


async def test_the_last_owner_is_not_banned_and_nobody_bans_themselves(world: World) -> None:
    room = (await world.document("romeo", juliet="owner")).document.room_id
    romeo, juliet = await world.somebody("romeo"), await world.somebody("juliet")
    await world.shared.moderation.restrict(juliet, room, "romeo", BAN, "", None)

    with pytest.raises(ConflictError):
        await world.shared.moderation.restrict(juliet, room, "juliet", BAN, "", None)
    assert await world.rooms.role_in_room(room, romeo.id) is None


@pytest.mark.parametrize("role", ["editor", "viewer"])
async def test_only_owners_moderate(world: World, role: str) -> None:
    document = (await world.document("romeo", juliet=role, tybalt="viewer")).document
    juliet = await world.somebody("juliet")
    moderation, room = world.shared.moderation, document.room_id

    for attempt in (
        moderation.restrict(juliet, room, "tybalt", BAN, "", None),
        moderation.restrict(juliet, room, "tybalt", MUTE, "", None),
        moderation.lift(juliet, room, "tybalt", BAN),
        moderation.transfer(juliet, room, "tybalt"),
        moderation.set_heir(juliet, room, "juliet"),
        moderation.lock(juliet, document.id, ""),
    ):
        with pytest.raises(ForbiddenError):
            await attempt
