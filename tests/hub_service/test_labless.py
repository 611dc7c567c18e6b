"""Who has a phone and no lab finds their rooms on the phone; who has a lab is its business."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest

from tests.hub_service.world import World
from xmpp_bridge.accounts.lease_store import Lease
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.chat.bookmarks import STORAGE, read_storage
from xmpp_bridge.rooms.membership import Role


@pytest.fixture
async def romeo(world: World) -> Account:
    return await world.somebody("romeo")


@pytest.fixture
async def juliet(world: World) -> Account:
    return await world.somebody("juliet")


def bookmarks(world: World, who: str) -> dict[str, str]:
    """The names of the rooms that a client of somebody finds."""
    text = world.ejabberd.kept.get((who, STORAGE), f"<storage xmlns='{STORAGE}'/>")
    found = read_storage(ET.fromstring(text))
    return {each.room.partition("@")[0]: each.name for each in found.values()}


async def test_rooms_come_with_the_first_app_password_and_then_as_they_come_and_go(
    world: World, romeo: Account, juliet: Account
) -> None:
    orchard = (await world.sharing.create_room(romeo, "Orchard")).room.id
    await world.sharing.set_member(romeo, orchard, "juliet", Role.VIEWER)
    assert bookmarks(world, "juliet") == {}
    await world.app_passwords.make(juliet, "Phone", None)
    assert bookmarks(world, "juliet") == {orchard: "Orchard"}
    tomb = (await world.sharing.create_room(romeo, "Tomb")).room.id
    await world.sharing.set_member(romeo, tomb, "juliet", Role.VIEWER)
    await world.sharing.rename_room(romeo, orchard, "Capulet's orchard")
    assert bookmarks(world, "juliet") == {orchard: "Capulet's orchard", tomb: "Tomb"}
    await world.sharing.remove_member(romeo, tomb, "juliet")
    assert bookmarks(world, "juliet") == {orchard: "Capulet's orchard"}


async def test_what_its_owner_takes_out_stays_out(
    world: World, romeo: Account, juliet: Account
) -> None:
    orchard = (await world.sharing.create_room(romeo, "Orchard")).room.id
    await world.sharing.set_member(romeo, orchard, "juliet", Role.VIEWER)
    await world.app_passwords.make(juliet, "Phone", None)
    world.ejabberd.kept["juliet", STORAGE] = f"<storage xmlns='{STORAGE}'/>"
    await world.labless.changed([juliet])
    assert bookmarks(world, "juliet") == {}


async def test_whoever_has_a_jupyter_server_is_left_to_it(
    world: World, romeo: Account, juliet: Account
) -> None:
    orchard = (await world.sharing.create_room(romeo, "Orchard")).room.id
    await world.sharing.set_member(romeo, orchard, "juliet", Role.VIEWER)
    await world.leases.grant(Lease(juliet.id, "jupyter", "a1", "", world.now() + timedelta(1)))
    await world.app_passwords.make(juliet, "Phone", None)
    assert world.ejabberd.kept == {}


async def test_an_ejabberd_that_is_away_keeps_nobody_from_an_app_password(
    world: World, juliet: Account
) -> None:
    world.ejabberd.away = True
    _, secret = await world.app_passwords.make(juliet, "Phone", None)
    assert await world.app_passwords.may_log_in("juliet", str(secret))
