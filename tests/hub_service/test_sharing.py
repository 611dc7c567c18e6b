"""Who may do what to rooms, members and documents."""

from __future__ import annotations

import asyncio

import pytest

from tests.hub_service.world import ADDRESSES, World
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.xmpp.errors import ConflictError, ForbiddenError, NotFoundError

DOCUMENTS, AWARENESS = "documents.montague.lit", "awareness.montague.lit"


async def test_a_new_document_has_its_two_rooms_before_anybody_hears_of_it(world: World) -> None:
    document = (await world.document("romeo", juliet="editor", mercutio="viewer")).document

    options, voices = world.ejabberd.room(document.id, DOCUMENTS)
    assert options["password"] == str(document.password)
    assert options["moderated"] == "true"
    assert voices == {"romeo@montague.lit": "member", "juliet@montague.lit": "member"}
    assert (document.id, AWARENESS) in world.ejabberd.made
    assert document.id in world.document_rooms.kept


async def test_taking_the_editors_role_takes_the_voice(world: World) -> None:
    document = (await world.document("romeo", juliet="editor")).document
    romeo = await world.somebody("romeo")

    await world.sharing.set_member(romeo, document.room_id, "juliet", Role.VIEWER)

    _options, voices = world.ejabberd.room(document.id, DOCUMENTS)
    assert voices["juliet@montague.lit"] == "none"


async def test_whoever_is_taken_out_is_thrown_out_of_rooms_with_another_password(
    world: World,
) -> None:
    document = (await world.document("romeo", mercutio="viewer")).document
    romeo = await world.somebody("romeo")
    for service in (DOCUMENTS, AWARENESS):
        world.ejabberd.inside[document.id, service] = {
            "romeo@montague.lit",
            "mercutio@montague.lit",
        }
    world.ejabberd.log.clear()

    await world.sharing.remove_member(romeo, document.room_id, "mercutio")

    out = ["mercutio@montague.lit outcast", "mercutio@montague.lit none"]
    # In each of the two rooms the password goes first; the chat has none.
    assert sorted(world.ejabberd.log) == sorted([*out, *out, out[1], "password", "password"])
    first = world.ejabberd.log.index(out[0])
    assert "password" in world.ejabberd.log[:first]
    assert world.ejabberd.inside[document.id, DOCUMENTS] == {"romeo@montague.lit"}


async def test_whoever_slips_in_with_the_old_password_is_thrown_out_too(world: World) -> None:
    document = (await world.document("romeo", mercutio="viewer")).document
    romeo = await world.somebody("romeo")
    world.ejabberd.slips_in = "mercutio@montague.lit"

    await world.sharing.remove_member(romeo, document.room_id, "mercutio")

    assert world.ejabberd.inside[document.id, DOCUMENTS] == set()
    assert world.ejabberd.inside[document.id, AWARENESS] == set()


async def test_what_ejabberd_could_not_be_told_it_is_told_when_it_is_back(world: World) -> None:
    document = (await world.document("romeo", juliet="editor")).document
    romeo = await world.somebody("romeo")
    world.ejabberd.away = True
    await world.sharing.remove_member(romeo, document.room_id, "juliet")
    world.ejabberd.away = False

    catching_up = asyncio.create_task(world.projection.run())
    async with asyncio.timeout(10):
        while "juliet@montague.lit outcast" not in world.ejabberd.log:
            await asyncio.sleep(0)
    catching_up.cancel()

    options, voices = world.ejabberd.room(document.id, DOCUMENTS)
    assert options["password"] != str(document.password)
    assert voices["juliet@montague.lit"] == "none"


async def test_rooms_of_documents_that_went_meanwhile_are_destroyed(world: World) -> None:
    document = (await world.document("romeo")).document
    await world.ejabberd.create_room("f" * 32, DOCUMENTS, {})

    sweeping = asyncio.create_task(world.projection.run())
    async with asyncio.timeout(10):
        while ("f" * 32, DOCUMENTS) in world.ejabberd.made:
            await asyncio.sleep(0)
    sweeping.cancel()

    assert (document.id, DOCUMENTS) in world.ejabberd.made


async def test_a_document_that_is_removed_takes_its_rooms_with_it(world: World) -> None:
    opened = await world.document("romeo")
    romeo = await world.somebody("romeo")

    await world.sharing.remove_document(romeo, opened.document.room_id, opened.document.id)

    assert world.ejabberd.made.keys() == {(opened.document.room_id, ADDRESSES.rooms)}
    assert world.document_rooms.kept == set()
    with pytest.raises(NotFoundError):
        await world.sharing.document(romeo, opened.document.id)


async def test_a_room_that_is_deleted_takes_its_documents_with_it(world: World) -> None:
    document = (await world.document("romeo")).document
    romeo = await world.somebody("romeo")

    await world.sharing.delete_room(romeo, document.room_id)

    assert world.ejabberd.made == {}
    assert await world.sharing.rooms(romeo) == []


@pytest.mark.parametrize("role", ["editor", "viewer"])
async def test_only_owners_say_who_is_in(world: World, role: str) -> None:
    document = (await world.document("romeo", juliet=role)).document
    juliet = await world.somebody("juliet")
    await world.somebody("tybalt")

    with pytest.raises(ForbiddenError):
        await world.sharing.set_member(juliet, document.room_id, "tybalt", Role.VIEWER)
    with pytest.raises(ForbiddenError):
        await world.sharing.remove_member(juliet, document.room_id, "romeo")
    with pytest.raises(ForbiddenError):
        await world.sharing.delete_room(juliet, document.room_id)
    with pytest.raises(ForbiddenError):
        await world.sharing.rename_room(juliet, document.room_id, "Verona")


async def test_everybody_may_leave_but_the_last_owner(world: World) -> None:
    document = (await world.document("romeo", juliet="viewer")).document
    romeo, juliet = await world.somebody("romeo"), await world.somebody("juliet")

    await world.sharing.remove_member(juliet, document.room_id, "juliet")
    with pytest.raises(NotFoundError):
        await world.sharing.room(juliet, document.room_id)
    with pytest.raises(ConflictError):
        await world.sharing.remove_member(romeo, document.room_id, "romeo")


async def test_viewers_share_nothing_and_editors_remove_only_their_own(world: World) -> None:
    document = (await world.document("romeo", juliet="editor", mercutio="viewer")).document
    juliet, mercutio = await world.somebody("juliet"), await world.somebody("mercutio")
    kind, form = DocumentType.NOTEBOOK, DocumentFormat.JSON

    with pytest.raises(ForbiddenError):
        await world.sharing.add_document(mercutio, document.room_id, "x.ipynb", kind, form)
    with pytest.raises(ForbiddenError):
        await world.sharing.remove_document(juliet, document.room_id, document.id)
    hers = await world.sharing.add_document(juliet, document.room_id, "x.ipynb", kind, form)
    await world.sharing.remove_document(juliet, document.room_id, hers.document.id)


async def test_what_is_not_ones_own_does_not_exist(world: World) -> None:
    document = (await world.document("romeo")).document
    tybalt = await world.somebody("tybalt")

    for attempt in (
        world.sharing.room(tybalt, document.room_id),
        world.sharing.document(tybalt, document.id),
        world.sharing.delete_room(tybalt, document.room_id),
        world.sharing.remove_document(tybalt, document.room_id, document.id),
    ):
        with pytest.raises(NotFoundError):
            await attempt
    assert await world.sharing.documents(tybalt) == []


async def test_nobody_the_hub_does_not_know_is_let_in(world: World) -> None:
    document = (await world.document("romeo")).document
    romeo = await world.somebody("romeo")

    with pytest.raises(NotFoundError):
        await world.sharing.set_member(romeo, document.room_id, "rosaline", Role.VIEWER)
    world.hub.has("rosaline", blocked=True)
    with pytest.raises(ForbiddenError):
        await world.sharing.set_member(romeo, document.room_id, "rosaline", Role.VIEWER)
