from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rooms.conftest import NOON
from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.rooms.identifiers import new_document_id, new_room_id
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document, DocumentFormat, DocumentType, Member, Room
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError, ConflictError, NotFoundError


async def test_whoever_makes_a_room_owns_it(rooms: RoomStore, romeo: Account) -> None:
    orchard = await rooms.create_room("Orchard", romeo.id)

    assert (orchard.name, orchard.created_at) == ("Orchard", NOON)
    assert await rooms.room(orchard.id) == orchard
    assert await rooms.rooms_of(romeo.id) == [(orchard, Role.OWNER)]
    assert await rooms.members(orchard.id) == [Member(romeo, Role.OWNER)]


async def test_a_room_for_nobody_is_not_made(rooms: RoomStore, romeo: Account) -> None:
    with pytest.raises(NotFoundError):
        await rooms.create_room("Orchard", romeo.id + 1)

    assert await rooms.rooms_of(romeo.id) == []


async def test_a_room_can_be_renamed(rooms: RoomStore, orchard: Room) -> None:
    garden = await rooms.rename_room(orchard.id, "Garden")

    assert garden.name == "Garden"
    assert await rooms.room(orchard.id) == garden


async def test_a_removed_room_is_gone_with_its_documents(
    rooms: RoomStore, orchard: Room, sonnet: Document, romeo: Account
) -> None:
    assert await rooms.delete_room(orchard.id) == [sonnet]

    assert await rooms.room(orchard.id) is None
    assert await rooms.rooms_of(romeo.id) == []
    assert await rooms.members(orchard.id) == []
    assert await rooms.documents() == []
    assert await rooms.documents_of_account(romeo.id) == []
    assert await rooms.role_in_room(orchard.id, romeo.id) is None
    assert await rooms.role_in_document(sonnet.id, romeo.id) is None
    with pytest.raises(NotFoundError):
        await rooms.delete_room(orchard.id)


async def test_a_role_holds_for_the_room_and_all_of_its_documents(
    rooms: RoomStore, orchard: Room, sonnet: Document, romeo: Account, juliet: Account
) -> None:
    assert await rooms.role_in_room(orchard.id, juliet.id) is Role.EDITOR
    assert await rooms.role_in_document(sonnet.id, juliet.id) is Role.EDITOR

    await rooms.set_member(orchard.id, juliet.id, Role.VIEWER)

    assert await rooms.role_in_document(sonnet.id, juliet.id) is Role.VIEWER
    assert await rooms.documents_of_account(juliet.id) == [(sonnet, Role.VIEWER)]
    assert await rooms.members(orchard.id) == [
        Member(juliet, Role.VIEWER),
        Member(romeo, Role.OWNER),
    ]


async def test_strangers_have_no_role(
    rooms: RoomStore, orchard: Room, sonnet: Document, juliet: Account
) -> None:
    assert await rooms.role_in_room(orchard.id, juliet.id + 1) is None
    assert await rooms.role_in_room(new_room_id(), juliet.id) is None
    assert await rooms.role_in_document(new_document_id(), juliet.id) is None


async def test_somebody_the_hub_does_not_know_any_more_may_nothing_and_may_come_back(
    rooms: RoomStore, accounts: AccountStore, orchard: Room, sonnet: Document, juliet: Account
) -> None:
    await accounts.disable(juliet.id, NOON)
    changed = await rooms.shut_out(juliet.id)

    assert [document.id for document in changed] == [sonnet.id]
    assert changed[0].password != sonnet.password
    assert await rooms.rooms_of(juliet.id) == []
    assert await rooms.documents_of_account(juliet.id) == []
    assert await rooms.role_in_document(sonnet.id, juliet.id) is None
    assert [member.account.hub_user for member in await rooms.members(orchard.id)] == ["romeo"]


async def test_taking_somebody_out_gives_every_document_of_the_room_a_new_password(
    rooms: RoomStore, orchard: Room, sonnet: Document, romeo: Account, juliet: Account
) -> None:
    elsewhere = await rooms.create_room("Balcony", juliet.id)
    letter = await rooms.add_document(
        elsewhere.id, "letter.md", DocumentType.FILE, DocumentFormat.TEXT, juliet.id
    )

    changed = (await rooms.remove_member(orchard.id, juliet.id)).documents

    assert [document.id for document in changed] == [sonnet.id]
    assert changed[0].password != sonnet.password
    assert await rooms.document(sonnet.id) == changed[0]
    assert await rooms.document(letter.id) == letter
    assert await rooms.role_in_document(sonnet.id, juliet.id) is None
    with pytest.raises(NotFoundError):
        await rooms.remove_member(orchard.id, juliet.id)


async def test_the_last_owner_stays_owner(
    rooms: RoomStore, orchard: Room, sonnet: Document, romeo: Account
) -> None:
    with pytest.raises(ConflictError):
        await rooms.remove_member(orchard.id, romeo.id)
    with pytest.raises(ConflictError):
        await rooms.set_member(orchard.id, romeo.id, Role.EDITOR)

    assert await rooms.role_in_room(orchard.id, romeo.id) is Role.OWNER
    assert await rooms.document(sonnet.id) == sonnet


async def test_an_owner_can_go_when_there_is_another(
    rooms: RoomStore, orchard: Room, romeo: Account, juliet: Account
) -> None:
    await rooms.set_member(orchard.id, juliet.id, Role.OWNER)

    await rooms.remove_member(orchard.id, romeo.id)

    assert await rooms.members(orchard.id) == [Member(juliet, Role.OWNER)]


async def test_two_owners_who_leave_at_once_do_not_both_get_away(
    rooms: RoomStore, orchard: Room, romeo: Account, juliet: Account
) -> None:
    await rooms.set_member(orchard.id, juliet.id, Role.OWNER)

    results = await asyncio.gather(
        rooms.remove_member(orchard.id, romeo.id),
        rooms.remove_member(orchard.id, juliet.id),
        return_exceptions=True,
    )

    assert sum(isinstance(result, ConflictError) for result in results) == 1
    assert len(await rooms.members(orchard.id)) == 1


async def test_an_owner_whom_the_hub_does_not_know_any_more_does_not_count(
    rooms: RoomStore, accounts: AccountStore, orchard: Room, romeo: Account, juliet: Account
) -> None:
    await rooms.set_member(orchard.id, juliet.id, Role.OWNER)
    await accounts.disable(juliet.id, NOON)

    with pytest.raises(ConflictError):
        await rooms.remove_member(orchard.id, romeo.id)
    await rooms.remove_member(orchard.id, juliet.id)

    assert await rooms.members(orchard.id) == [Member(romeo, Role.OWNER)]


async def test_a_room_without_an_owner_can_be_given_one(
    rooms: RoomStore, accounts: AccountStore, orchard: Room, romeo: Account, juliet: Account
) -> None:
    await accounts.disable(romeo.id, NOON)

    await rooms.set_member(orchard.id, juliet.id, Role.OWNER)

    assert await rooms.members(orchard.id) == [Member(juliet, Role.OWNER)]


async def test_a_new_document_waits_for_its_creator(
    rooms: RoomStore, orchard: Room, sonnet: Document, romeo: Account
) -> None:
    assert sonnet.creator_id == romeo.id
    assert not sonnet.born
    assert await rooms.documents_of_room(orchard.id) == [sonnet]
    assert await rooms.documents() == [sonnet]

    assert await rooms.born(sonnet.id)
    assert not await rooms.born(sonnet.id)

    born = await rooms.document(sonnet.id)
    assert born is not None
    assert born.born


async def test_a_removed_document_is_gone(
    rooms: RoomStore, orchard: Room, sonnet: Document, juliet: Account
) -> None:
    await rooms.remove_document(sonnet.id)

    assert await rooms.document(sonnet.id) is None
    assert await rooms.documents_of_room(orchard.id) == []
    assert await rooms.role_in_document(sonnet.id, juliet.id) is None
    assert (await rooms.remove_member(orchard.id, juliet.id)).documents == []
    with pytest.raises(NotFoundError):
        await rooms.remove_document(sonnet.id)


@pytest.mark.parametrize("name", ["", "\n", "../sonnet.ipynb"])
async def test_a_document_gets_no_name_that_a_file_cannot_have(
    rooms: RoomStore, orchard: Room, romeo: Account, name: str
) -> None:
    with pytest.raises(BadPayloadError):
        await rooms.add_document(orchard.id, name, DocumentType.FILE, DocumentFormat.TEXT, romeo.id)


async def test_nothing_is_done_in_a_room_that_does_not_exist(
    rooms: RoomStore, romeo: Account
) -> None:
    nowhere = new_room_id()
    for attempt in (
        rooms.rename_room(nowhere, "Orchard"),
        rooms.set_member(nowhere, romeo.id, Role.OWNER),
        rooms.remove_member(nowhere, romeo.id),
        rooms.add_document(nowhere, "a.py", DocumentType.FILE, DocumentFormat.TEXT, romeo.id),
    ):
        with pytest.raises(NotFoundError):
            await attempt


async def test_what_was_refused_left_no_connection_open(
    engine: AsyncEngine, rooms: RoomStore, orchard: Room, romeo: Account
) -> None:
    for _ in range(30):  # more than the pool has
        with pytest.raises(BridgeError):
            await rooms.remove_member(orchard.id, romeo.id)

    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # of a QueuePool
