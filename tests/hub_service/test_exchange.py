from __future__ import annotations

import asyncio

import pytest

from tests.hub_service.world import REPLICA, Author, World, heard, text_of
from xmpp_bridge.documents.stanza import Durable
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.update import EMPTY_STATE_VECTOR, EMPTY_UPDATE
from xmpp_bridge.hub_service.exchange import Exchange
from xmpp_bridge.hub_service.submission import RefusedUpdateError
from xmpp_bridge.xmpp.errors import NotReadyError

ASK = SyncMessage(REPLICA, EMPTY_STATE_VECTOR, EMPTY_UPDATE)


@pytest.fixture
def exchange(world: World) -> Exchange:
    return Exchange(
        world.history,
        world.recorder,
        world.reporter,
        world.document_rooms.hears,
        world.waking.asked,
        world.now,
    )


async def test_the_creator_gives_a_document_its_history_and_others_get_it(
    world: World, exchange: Exchange
) -> None:
    document = (await world.document("romeo", juliet="viewer")).document
    romeo, juliet = await world.somebody("romeo"), await world.somebody("juliet")
    author = Author()
    give = SyncMessage(REPLICA, EMPTY_STATE_VECTOR, author.writes("With love's light wings"))

    with pytest.raises(NotReadyError):
        await exchange.sync(juliet, document, ASK)
    recording = asyncio.create_task(world.recorder.run())
    await exchange.sync(romeo, document, give)
    recording.cancel()

    born = await world.rooms.document(document.id)
    assert born is not None
    answer = await exchange.sync(juliet, born, ASK)
    assert answer.replica == ""
    assert answer.state_vector == author.doc.get_state()
    assert text_of(answer.update) == "With love's light wings"


async def test_a_viewer_may_ask_but_not_give(world: World, exchange: Exchange) -> None:
    document = (await world.document("romeo", juliet="viewer")).document
    await world.keep(heard(document.id, "romeo", Author().writes("x")))
    born = await world.rooms.document(document.id)
    assert born is not None
    give = SyncMessage(REPLICA, EMPTY_STATE_VECTOR, Author().writes("y"))

    recording = asyncio.create_task(world.recorder.run())
    with pytest.raises(RefusedUpdateError) as refusal:
        await exchange.sync(await world.somebody("juliet"), born, give)
    recording.cancel()

    assert refusal.value.http_status == 403


async def test_what_no_parser_understands_is_refused(world: World, exchange: Exchange) -> None:
    document = (await world.document("romeo")).document
    garbage = SyncMessage(REPLICA, EMPTY_STATE_VECTOR, b"\xff\xff")
    recording = asyncio.create_task(world.recorder.run())
    with pytest.raises(RefusedUpdateError) as refusal:
        await exchange.sync(await world.somebody("romeo"), document, garbage)
    recording.cancel()
    assert refusal.value.http_status == 400


@pytest.mark.parametrize(
    ("in_the_room", "receipts"), [(True, 1), (False, 0)], ids=["heard", "not heard"]
)
async def test_a_sync_mends_receipts_only_while_the_service_hears_the_room(
    world: World, exchange: Exchange, *, in_the_room: bool, receipts: int
) -> None:
    document = (await world.document("romeo")).document
    if not in_the_room:
        world.document_rooms.drop(document.id)
    romeo = Author()
    await world.keep(heard(document.id, "romeo", romeo.writes("a"), 7))
    state = SyncMessage(REPLICA, romeo.doc.get_state(), EMPTY_UPDATE)

    await exchange.sync(await world.somebody("romeo"), document, state)
    await world.keep(heard(document.id, "romeo", romeo.writes("b"), 8))

    told = [payload for _, payload in world.voice.told]
    assert told == [Durable(document.id, REPLICA, 8)] * receipts


async def test_nobody_syncs_for_another_persons_replica(world: World, exchange: Exchange) -> None:
    document = (await world.document("romeo", tybalt="editor")).document
    world.document_rooms.replicas[REPLICA] = "romeo"
    romeo = Author()
    await world.keep(heard(document.id, "romeo", romeo.writes("a"), 7))
    state = SyncMessage(REPLICA, romeo.doc.get_state(), EMPTY_UPDATE)

    born = await world.rooms.document(document.id)
    assert born is not None
    await exchange.sync(await world.somebody("tybalt"), born, state)
    await world.keep(heard(document.id, "romeo", romeo.writes("b"), 8))

    assert world.voice.told == []


async def test_somebody_who_knows_more_than_we_do_has_not_synced(
    world: World, exchange: Exchange
) -> None:
    document = (await world.document("romeo")).document
    romeo = Author()
    await world.keep(heard(document.id, "romeo", romeo.writes("a"), 7))
    romeo.writes("missed")
    state = SyncMessage(REPLICA, romeo.doc.get_state(), EMPTY_UPDATE)

    await exchange.sync(await world.somebody("romeo"), document, state)
    await world.keep(heard(document.id, "romeo", romeo.writes("b"), 9))

    assert world.voice.told == []
