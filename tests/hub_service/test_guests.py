"""People of one other server are guests of a room's chat, if an owner has let them in; of no other server anybody."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub_service.world import ADDRESSES, World
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.chat.message import ChatMessage
from xmpp_bridge.chat.spoken import called
from xmpp_bridge.hub_service.guests import MOST, is_domain
from xmpp_bridge.hub_service.views import Views
from xmpp_bridge.rooms.guest_store import GuestStore
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError, ForbiddenError, NotFoundError

TYBALT = "tybalt@capulet.lit"


@pytest.fixture
async def romeo(world: World) -> Account:
    return await world.somebody("romeo")


@pytest.fixture
async def room(world: World, romeo: Account) -> RoomId:
    return (await world.sharing.create_room(romeo, "Orchard")).room.id


def affiliations(world: World, room: RoomId) -> dict[str, str]:
    return world.ejabberd.made[room, ADDRESSES.rooms][1]


async def test_an_owner_lets_somebody_in_and_out(
    world: World, romeo: Account, room: RoomId
) -> None:
    await world.guests.invite(romeo, room, TYBALT)
    await world.guests.invite(romeo, room, "Tybalt@capulet.lit")
    assert await world.guests.of_room(romeo, room) == [TYBALT]
    assert affiliations(world, room)[TYBALT] == "member"
    await world.guests.dismiss(romeo, room, TYBALT)
    assert affiliations(world, room)[TYBALT] == "none"
    with pytest.raises(NotFoundError):
        await world.guests.dismiss(romeo, room, TYBALT)


async def test_where_there_are_guests_nobody_is_called_as_a_member_is(
    world: World, romeo: Account, room: RoomId
) -> None:
    assert world.ejabberd.nicks == {}
    await world.guests.invite(romeo, room, TYBALT)
    await world.somebody("juliet")
    await world.sharing.set_member(romeo, room, "juliet", Role.EDITOR)
    rooms = ADDRESSES.rooms
    assert world.ejabberd.nicks == {
        ("Romeo", rooms): "romeo@montague.lit",
        ("Juliet", rooms): "juliet@montague.lit",
    }


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("paris@verona.lit", ForbiddenError),
        ("romeo@montague.lit", ForbiddenError),
        ("x@rooms.capulet.lit", ForbiddenError),
        ("capulet.lit", BadPayloadError),
        (f"{TYBALT}/phone", BadPayloadError),
        ("", BadPayloadError),
        ("@capulet.lit", BadPayloadError),
        ("a b\x00@capulet.lit", BadPayloadError),
        ("x" * 5000 + "@capulet.lit", BadPayloadError),
    ],
)
async def test_nobody_else_is_let_in(
    world: World, romeo: Account, room: RoomId, address: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await world.guests.invite(romeo, room, address)
    assert await world.guests.of_room(romeo, room) == []


async def test_only_owners_let_in_and_only_members_know(
    world: World, romeo: Account, room: RoomId
) -> None:
    juliet, stranger = await world.somebody("juliet"), await world.somebody("paris")
    await world.sharing.set_member(romeo, room, "juliet", Role.EDITOR)
    with pytest.raises(ForbiddenError):
        await world.guests.invite(juliet, room, TYBALT)
    with pytest.raises(NotFoundError):
        await world.guests.invite(stranger, room, TYBALT)
    assert await world.guests.of_room(juliet, room) == []
    with pytest.raises(NotFoundError):
        await world.guests.of_room(stranger, room)


async def test_a_room_has_only_so_many(world: World, romeo: Account, room: RoomId) -> None:
    store = GuestStore(world.engine, ("capulet.lit",))
    for number in range(MOST):
        await store.invite(room, f"servant{number}@capulet.lit", romeo.id, world.now())
    with pytest.raises(ConflictError):
        await world.guests.invite(romeo, room, TYBALT)


async def test_without_its_domain_in_the_setting_nobody_is_a_guest_any_more(
    world: World, romeo: Account, room: RoomId, engine: AsyncEngine
) -> None:
    await world.guests.invite(romeo, room, TYBALT)
    assert await GuestStore(engine, ()).of_room(room) == []


async def test_what_a_guest_says_is_a_guests(world: World, romeo: Account, room: RoomId) -> None:
    await world.chat_rooms.hear(room, "romeo", ChatMessage("I am Romeo"))
    page = await world.chat.before(romeo, room, None, 10)
    (message,) = page.messages
    assert Views(ADDRESSES).message(message, room, romeo)["sender"]["display_name"] == "Romeo"
    assert called(TYBALT, "montague.lit") == f"{TYBALT} (guest)"
    assert called("romeo@evilmontague.lit", "montague.lit").endswith("(guest)")
    assert called("xmpp-bridge@bridge.montague.lit", "montague.lit") == "xmpp-bridge"


@pytest.mark.parametrize("text", ["capulet.lit", "xn--capult-6ua.lit", "localhost"])
def test_a_domain_is_one(text: str) -> None:
    assert is_domain(text)


@pytest.mark.parametrize(
    "text", ["", "Capulet.lit", TYBALT, "capulet.lit/x", "a b", "capulet..lit"]
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_domain(text)
