"""What the service keeps of a document, refuses, and says about it, through a real ejabberd."""

from __future__ import annotations

import asyncio
import signal

import pycrdt
import pytest

from tests.e2e.people import Actor, acting, connected, seated
from tests.e2e.servers import Hub
from xmpp_bridge.documents.stanza import (
    Available,
    Chunk,
    Durable,
    Refused,
    Resync,
    UpdateStanza,
)
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.update import EMPTY_STATE_VECTOR, EMPTY_UPDATE
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError, NotReadyError

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NOBODY = "0" * 16


async def kept(actor: Actor, document: DocumentId) -> str:
    """The text as the service has it."""
    ask = SyncMessage(NOBODY, EMPTY_STATE_VECTOR, EMPTY_UPDATE)
    answer = await actor.service.sync(document, ask)
    doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    doc.apply_update(answer.update)
    return str(doc.get("source", type=pycrdt.Text))


async def test_what_is_typed_is_durable_before_it_is_said_to_be(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        document = await romeo.document(juliet="editor")
        async with seated(romeo, document) as seat:
            seat.write("But, soft! ")
            receipt = await seat.hears(Durable)
            assert receipt == Durable(document, seat.replica, 1)
            for word in ("what ", "light ", "through "):
                seat.write(word)
            await seat.hears(Durable, lambda receipt: receipt.sequence == 4)
        assert await kept(juliet, document) == "But, soft! what light through "


async def test_only_the_creator_begins_a_document(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        document = await romeo.document(juliet="editor")
        async with seated(juliet, document) as seat:
            seat.write("Ay me!")
            refusal = await seat.hears(Refused)
            assert (refusal.condition, refusal.reason) == ("unexpected-request", "not-born")
            with pytest.raises(NotReadyError):
                await seat.sync()
        async with seated(romeo, document) as seat:
            seat.write("She speaks.")
            await seat.hears(Durable)
        assert await kept(juliet, document) == "She speaks."


async def test_what_is_given_over_http_is_announced_to_the_room(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        document = await romeo.document(juliet="editor")
        async with seated(juliet, document) as balcony, seated(romeo, document) as orchard:
            orchard.text += "O, speak again, bright angel!"
            await orchard.sync()
            await balcony.hears(Available)
            await balcony.sync()
            assert str(balcony.text) == "O, speak again, bright angel!"


async def test_an_update_in_chunks_is_durable_as_one_and_without_a_chunk_it_is_asked_for(
    hub: Hub,
) -> None:
    async with acting(hub, "romeo") as (romeo,):
        document = await romeo.document()
        async with seated(romeo, document) as seat:
            await seat.service_is_here()
            seat.text += "But, soft! "
            update = seat.doc.get_update()
            first = Chunk(seat.replica, 0, len(update), update[:9])
            last = Chunk(seat.replica, 9, len(update), update[9:], 1)
            for chunk in (first, last):
                seat.say(chunk)
            await seat.hears(Durable, lambda receipt: receipt.sequence == 1)
            assert await kept(romeo, document) == "But, soft! "
            seat.say(Chunk(seat.replica, 9, len(update), update[9:], 2))
            await seat.hears(Resync)
            await seat.sync()
            seat.sequence = 2
            seat.write("what light ")
            await seat.hears(Durable, lambda receipt: receipt.sequence == 3)


async def test_a_viewer_is_refused_by_ejabberd_and_by_the_service(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        document = await romeo.document(juliet="viewer")
        async with seated(romeo, document) as orchard, seated(juliet, document) as balcony:
            orchard.write("It is the east")
            await orchard.hears(Durable)
            balcony.write("Deny thy father")
            while not balcony.refusals:
                await asyncio.sleep(0)
            assert balcony.refusals == ["forbidden"]
            with pytest.raises(ForbiddenError):
                await balcony.sync()
        assert await kept(juliet, document) == "It is the east"


async def test_nobody_writes_under_somebody_elses_client_id(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        document = await romeo.document(juliet="editor")
        async with seated(romeo, document) as orchard, seated(juliet, document) as balcony:
            orchard.write("My ears have not yet drunk")
            await orchard.hears(Durable)
            forger: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc(client_id=orchard.doc.client_id)
            forger.apply_update(orchard.doc.get_update())
            before = forger.get_state()
            forger.get("source", type=pycrdt.Text).insert(0, "I hate: ")
            balcony.send(forger.get_update(before))
            refusal = await balcony.hears(Refused)
            assert (refusal.condition, refusal.reason) == ("forbidden", "foreign-client-id")
            # What follows is not held up.
            balcony.doc.apply_update(orchard.doc.get_update())
            balcony.write("!")
            await balcony.hears(Durable)
        assert await kept(romeo, document) == "My ears have not yet drunk!"


async def test_a_stranger_is_told_of_nothing(hub: Hub) -> None:
    async with acting(hub, "romeo", "mercutio") as (romeo, mercutio):
        document = await romeo.document()
        with pytest.raises(NotFoundError):
            await mercutio.service.admission(document)
        with pytest.raises(NotFoundError):
            await kept(mercutio, document)


async def test_whoever_is_taken_out_is_out_within_a_second_and_stays_out(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet", "mercutio") as (romeo, juliet, mercutio):
        document = await romeo.document(juliet="editor", mercutio="viewer")
        room = (await romeo.service.admission(document)).info.room
        before = await juliet.service.admission(document)
        async with (
            seated(juliet, document) as balcony,
            seated(mercutio, document) as street,
        ):
            for seat, name in ((balcony, "juliet"), (street, "mercutio")):
                assert seat.place is not None
                began = asyncio.get_running_loop().time()
                await romeo.service.remove_member(room, name)
                await asyncio.wait_for(asyncio.shield(seat.place.lost), 1.0)
                assert asyncio.get_running_loop().time() - began < 1.0
        async with connected(juliet) as stream:
            with pytest.raises(Exception, match="does not let us in"):
                async with stream.rooms.occupancy(
                    before.jid, "juliet", balcony, password=str(before.password)
                ):
                    pytest.fail("she is in again")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_restarted_service_asks_for_what_it_missed(
    hub: Hub, number: signal.Signals
) -> None:
    async with acting(hub, "romeo") as (romeo,):
        document = await romeo.document()
        async with seated(romeo, document) as seat:
            seat.write("before ")
            await seat.hears(Durable)
        await hub.restart_service(number)
        async with seated(romeo, document) as seat:
            await seat.service_is_here()
            await seat.sync()
            seat.write("after")
            await seat.hears(Durable)
        assert await kept(romeo, document) == "before after"


async def test_after_ejabberd_died_everything_goes_on(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        document = await romeo.document(juliet="editor")
        async with seated(romeo, document) as seat:
            seat.write("before ")
            await seat.hears(Durable)
            await hub.kill_ejabberd()
        async with seated(romeo, document) as orchard, seated(juliet, document) as balcony:
            await orchard.service_is_here()
            await orchard.sync()
            orchard.write("after")
            await balcony.hears(UpdateStanza)
            await orchard.hears(Durable)
        assert await kept(juliet, document) == "before after"
