"""A link lets in whom it is for, as often and as long as it may, and nobody else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub_service.world import World
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.sharing import OpenDocument
from xmpp_bridge.rooms.entry import Restriction
from xmpp_bridge.rooms.links import Link, LinkWish
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.tables import links
from xmpp_bridge.storage.engine import reading
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError, ForbiddenError, NotFoundError

VIEWER, EDITOR = LinkWish(Role.VIEWER), LinkWish(Role.EDITOR)


async def made(world: World, wish: LinkWish = VIEWER) -> tuple[OpenDocument, Link, str]:
    """Romeo's document, a link to its room, and what stands in its address."""
    opened = await world.document("romeo")
    romeo = await world.somebody("romeo")
    link = await world.shared.links.create(romeo, opened.document.room_id, wish)
    return opened, link, str(world.shared.links.token(link))


async def role_of(world: World, opened: OpenDocument, person: Account) -> Role | None:
    return await world.rooms.role_in_room(opened.document.room_id, person.id)


async def test_whoever_looks_at_a_link_is_not_in_yet(world: World) -> None:
    opened, _link, token = await made(world)
    juliet = await world.somebody("juliet")

    seen = await world.shared.links.look(juliet, token)

    assert (seen.room.id, seen.joined) == (opened.document.room_id, False)
    assert await role_of(world, opened, juliet) is None


async def test_whoever_accepts_is_in_with_its_role_in_ejabberd_too(world: World) -> None:
    opened, _link, token = await made(world, EDITOR)
    juliet = await world.somebody("juliet")

    await world.shared.links.accept(juliet, token)

    assert await role_of(world, opened, juliet) is Role.EDITOR
    _options, voices = world.ejabberd.room(opened.document.id, "documents.montague.lit")
    assert voices["juliet@montague.lit"] == "member"


async def test_a_use_is_counted_for_each_person_once(world: World) -> None:
    opened, _link, token = await made(world, replace(VIEWER, most_uses=1))
    juliet, tybalt = await world.somebody("juliet"), await world.somebody("tybalt")

    await world.shared.links.accept(juliet, token)
    await world.shared.links.accept(juliet, token)
    with pytest.raises(ForbiddenError, match="as often as it may"):
        await world.shared.links.accept(tybalt, token)
    assert await role_of(world, opened, tybalt) is None


async def test_many_at_once_never_use_it_more_often_than_they_may(world: World) -> None:
    opened, _link, token = await made(world, replace(VIEWER, most_uses=3))
    people = [await world.somebody(f"guest-{number}") for number in range(12)]

    outcomes = await asyncio.gather(
        *(world.shared.links.accept(each, token) for each in people), return_exceptions=True
    )

    refused = [each for each in outcomes if isinstance(each, ForbiddenError)]
    assert len(refused) == 9
    members = await world.rooms.members(opened.document.room_id)
    assert len(members) == 1 + 3


async def test_an_expired_link_says_so(world: World) -> None:
    wish = replace(VIEWER, expires_at=world.clock + timedelta(minutes=5))
    _opened, _link, token = await made(world, wish)
    juliet = await world.somebody("juliet")
    world.clock += timedelta(minutes=5)

    for attempt in (world.shared.links.look, world.shared.links.accept):
        with pytest.raises(ForbiddenError, match="expired"):
            await attempt(juliet, token)


async def test_a_link_for_a_group_is_for_who_is_in_it_now(world: World) -> None:
    _opened, _link, token = await made(world, replace(VIEWER, group="capulets"))
    juliet = await world.somebody("juliet")
    with pytest.raises(ForbiddenError, match="“capulets”"):
        await world.shared.links.look(juliet, token)

    world.hub.puts("juliet", "capulets")

    assert (await world.shared.links.accept(juliet, token)).joined


async def test_a_revoked_link_lets_nobody_in_and_may_take_its_people_along(world: World) -> None:
    opened, link, token = await made(world)
    romeo, juliet = await world.somebody("romeo"), await world.somebody("juliet")
    await world.shared.links.accept(juliet, token)

    room = opened.document.room_id
    await world.shared.links.revoke(romeo, room, link.id, people=False)
    assert await role_of(world, opened, juliet) is Role.VIEWER
    with pytest.raises(ForbiddenError, match="taken back"):
        await world.shared.links.accept(await world.somebody("tybalt"), token)

    await world.shared.links.revoke(romeo, room, link.id, people=True)
    assert await role_of(world, opened, juliet) is None
    now = await world.rooms.document(opened.document.id)
    assert now is not None
    assert now.password != opened.document.password


async def test_whoever_is_banned_comes_in_by_no_link(world: World) -> None:
    opened, _link, token = await made(world)
    romeo, tybalt = await world.somebody("romeo"), await world.somebody("tybalt")
    await world.shared.moderation.restrict(
        romeo, opened.document.room_id, "tybalt", Restriction.BAN, "duels", None
    )

    with pytest.raises(ForbiddenError, match="banned"):
        await world.shared.links.accept(tybalt, token)


async def test_a_link_of_a_closed_room_leads_nowhere(world: World) -> None:
    opened, _link, token = await made(world)
    juliet = await world.somebody("juliet")
    await world.sharing.delete_room(await world.somebody("romeo"), opened.document.room_id)

    for attempt in (world.shared.links.look, world.shared.links.accept):
        with pytest.raises(NotFoundError):
            await attempt(juliet, token)
    with pytest.raises(NotFoundError):
        await world.shared.links.look(juliet, "not a token")


async def test_the_database_holds_nothing_that_opens_a_room(
    world: World, engine: AsyncEngine
) -> None:
    _opened, link, token = await made(world)

    async with reading(engine) as connection:
        row = (await connection.execute(select(links))).one()

    assert token not in map(str, row)
    assert len(token) * 6 >= 128
    assert world.sharing_views.link(link)["url"].endswith(f"/join/{token}")


@pytest.mark.parametrize("who", ["editor", "viewer"])
async def test_only_owners_make_links_and_take_them_back(world: World, who: str) -> None:
    document = (await world.document("romeo", juliet=who)).document
    romeo, juliet = await world.somebody("romeo"), await world.somebody("juliet")
    link = await world.shared.links.create(romeo, document.room_id, VIEWER)

    with pytest.raises(ForbiddenError):
        await world.shared.links.create(juliet, document.room_id, VIEWER)
    with pytest.raises(ForbiddenError):
        await world.shared.links.revoke(juliet, document.room_id, link.id, people=True)
    assert (await world.shared.access.of_room(juliet, document.room_id)).links == []


async def test_nobody_becomes_an_owner_by_a_link() -> None:
    with pytest.raises(BadPayloadError):
        LinkWish(Role.OWNER)
    with pytest.raises(BridgeError):
        LinkWish(Role.VIEWER, most_uses=0)
