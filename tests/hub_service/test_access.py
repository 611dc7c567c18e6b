"""Who is in a room and why; what a hub group and a hub share let in."""

from __future__ import annotations

import pytest

from tests.hub_service.world import ADDRESSES, World
from xmpp_bridge.hub_service.hub_api import Shared
from xmpp_bridge.hub_service.scopes import ROOM_EDIT, ROOM_VIEW
from xmpp_bridge.rooms.entry import EntryKind
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import ConflictError, ForbiddenError, NotFoundError


async def roles(world: World, room: RoomId) -> dict[str, Role]:
    return {m.account.hub_user: m.role for m in await world.rooms.members(room)}


async def with_group(world: World, role: Role = Role.EDITOR) -> RoomId:
    """Romeo's room, which lets the Montagues in: Romeo and Benvolio."""
    room = (await world.document("romeo", mercutio="viewer")).document.room_id
    for name in ("romeo", "benvolio"):
        await world.somebody(name)
        world.hub.puts(name, "montagues")
    romeo = await world.somebody("romeo")
    await world.shared.access.put_group(romeo, room, "montagues", role, all_seen=False)
    return room


async def test_a_group_lets_in_who_is_in_it_and_the_highest_role_counts(world: World) -> None:
    room = await with_group(world)

    assert await roles(world, room) == {
        "romeo": Role.OWNER,
        "benvolio": Role.EDITOR,
        "mercutio": Role.VIEWER,
    }
    _options, voices = world.ejabberd.room(room, ADDRESSES.rooms)
    assert voices["benvolio@montague.lit"] == "member"


async def test_whoever_is_put_into_the_group_later_is_in_and_who_leaves_it_is_out(
    world: World,
) -> None:
    room = await with_group(world)
    before = (await world.rooms.documents_of_room(room))[0].password
    world.hub.puts("mercutio", "montagues")
    world.hub.puts("benvolio")

    assert await world.shared.following.group("montagues")

    assert await roles(world, room) == {"romeo": Role.OWNER, "mercutio": Role.EDITOR}
    assert (await world.rooms.documents_of_room(room))[0].password != before


async def test_a_group_that_is_deleted_and_made_again_inherits_nothing(world: World) -> None:
    room = await with_group(world)
    world.hub.puts("romeo")
    world.hub.puts("benvolio")
    assert not await world.shared.following.group("montagues")
    world.hub.puts("benvolio", "montagues")
    await world.shared.following.group("montagues")

    assert "benvolio" not in await roles(world, room)


async def test_whom_a_group_lets_in_is_not_taken_out_one_by_one(world: World) -> None:
    room = await with_group(world)
    romeo = await world.somebody("romeo")

    with pytest.raises(ConflictError, match="group"):
        await world.sharing.remove_member(romeo, room, "benvolio")
    await world.shared.access.drop_group(romeo, room, "montagues")
    assert "benvolio" not in await roles(world, room)


async def test_one_sees_where_each_role_comes_from(world: World) -> None:
    room = await with_group(world)
    romeo = await world.somebody("romeo")
    await world.sharing.set_member(romeo, room, "benvolio", Role.VIEWER)

    opened = await world.shared.access.of_room(romeo, room)

    benvolio = await world.somebody("benvolio")
    sources = {source.kind: source.role for source in opened.sources[benvolio.id]}
    assert sources == {EntryKind.PERSON: Role.VIEWER, EntryKind.GROUP: Role.EDITOR}
    shown = world.sharing_views.access(opened)
    (person,) = (each for each in shown["people"] if each["hub_user"] == "benvolio")
    assert person["role"] == "editor"
    assert {each["name"] for each in person["sources"]} == {None, "montagues"}
    assert shown["groups"] == [{"name": "montagues", "role": "editor", "people": 2}]


async def test_a_group_that_one_does_not_know_cannot_be_let_in(world: World) -> None:
    room = (await world.document("romeo")).document.room_id
    await world.somebody("juliet")
    world.hub.puts("juliet", "capulets")
    await world.shared.following.person("juliet")
    romeo = await world.somebody("romeo")
    put = world.shared.access.put_group

    with pytest.raises(NotFoundError):
        await put(romeo, room, "capulets", Role.VIEWER, all_seen=False)
    await put(romeo, room, "capulets", Role.VIEWER, all_seen=True)
    with pytest.raises(NotFoundError):
        await put(romeo, room, "nobody's", Role.VIEWER, all_seen=True)
    with pytest.raises(ForbiddenError):
        await put(await world.somebody("juliet"), room, "capulets", Role.OWNER, all_seen=False)


async def test_one_finds_whom_one_shares_a_room_or_a_group_with(world: World) -> None:
    room = await with_group(world)
    for name in ("tybalt", "mab"):
        await world.somebody(name)
    romeo = await world.somebody("romeo")

    async def finds(text: str, *, all_seen: bool = False) -> list[str]:
        found = await world.shared.access.find(romeo, text, room, all_seen=all_seen)
        return [person.hub_user for person in found.people]

    assert await finds("m") == ["mercutio"]
    assert await finds("b") == ["benvolio"]
    assert await finds("ty") == []
    assert await finds("ty", all_seen=True) == ["tybalt"]
    assert await finds("tybalt") == ["tybalt"]
    assert await finds("%") == []
    found = await world.shared.access.find(romeo, "MONT", room, all_seen=False)
    assert [(each.name, each.people) for each in found.groups] == [("montagues", 2)]
    assert found.group_roles == {"montagues": Role.EDITOR}


async def test_a_share_of_the_hub_lets_people_into_the_room_of_that_server(world: World) -> None:
    room = (await world.document("romeo")).document.room_id
    romeo = await world.somebody("romeo")
    for name in ("juliet", "tybalt", "benvolio"):
        await world.somebody(name)
    where = "!server=romeo/"
    world.hub.shared["romeo", ""] = [
        Shared("juliet", None, frozenset({ROOM_EDIT + where, ROOM_VIEW + where})),
        Shared("benvolio", None, frozenset({ROOM_VIEW + where})),
        Shared("tybalt", None, frozenset({"access:servers" + where})),
    ]

    await world.shared.access.bind_share(romeo, room, "")
    assert await roles(world, room) == {
        "romeo": Role.OWNER,
        "juliet": Role.EDITOR,
        "benvolio": Role.VIEWER,
    }
    world.hub.shared["romeo", ""] = []
    await world.shared.following.shares()
    assert await roles(world, room) == {"romeo": Role.OWNER}


async def test_whom_somebody_else_lets_in_is_told_and_sees_it_once(world: World) -> None:
    document = (await world.document("romeo", juliet="editor")).document
    juliet = await world.somebody("juliet")

    ((invitation, documents),) = await world.shared.links.invitations(juliet)

    assert (invitation.by.hub_user, invitation.role) == ("romeo", Role.EDITOR)
    assert documents == [] or documents[0].id == document.id
    chat = f"{document.room_id}@{ADDRESSES.rooms}"
    assert [(to, invited["jid"]) for to, invited in world.voice.invitations] == [
        ("juliet@montague.lit", chat)
    ]
    await world.shared.links.dismiss(juliet, document.room_id)
    assert await world.shared.links.invitations(juliet) == []
    assert await world.shared.links.invitations(await world.somebody("romeo")) == []
