"""A replica brings the service what others wrote, when they do not do so themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pycrdt import Doc, Text

from tests.documents.test_replica import Stage
from xmpp_bridge.documents.offers import Offers
from xmpp_bridge.documents.relay import RelayMessage, RelayPlan
from xmpp_bridge.documents.service import Admission
from xmpp_bridge.documents.stanza import new_replica_id
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.update import read_state_vector, read_update
from xmpp_bridge.rooms.identifiers import DocumentId, new_document_id
from xmpp_bridge.xmpp.errors import NotReadyError

JULIET = "juliet@capulet.lit"


class Service:
    """The service, which takes a relay from the second time on."""

    def __init__(self) -> None:
        self.doc: Doc[Text] = Doc()
        self.relays: list[RelayMessage] = []
        self.asked, self.taken = asyncio.Event(), asyncio.Event()

    async def admission(self, document: DocumentId) -> Admission:
        raise NotReadyError("nobody asks")

    async def sync(self, document: DocumentId, message: SyncMessage) -> SyncMessage:
        self.asked.set()
        return SyncMessage("", self.doc.get_state(), self.doc.get_update(message.state_vector))

    async def relay(self, document: DocumentId, message: RelayMessage) -> SyncMessage:
        self.relays.append(message)
        if len(self.relays) < 2:
            raise NotReadyError("its author may come")
        self.doc.apply_update(message.update)
        self.taken.set()
        return SyncMessage("", self.doc.get_state(), self.doc.get_update(self.doc.get_state()))


@pytest.fixture
def romeo(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(RelayPlan, "FIRST", 0.001)
    stage = Stage()
    stage.text += "But soft"
    yield stage
    stage.replica.close()


@pytest.fixture
def juliet(romeo: Stage) -> Doc[Text]:
    """What she wrote has come to Romeo through the room."""
    doc: Doc[Text] = Doc(client_id=7)
    doc.apply_update(romeo.replica.whole())
    doc.get("source", type=Text).insert(0, "Deny ")
    romeo.replica.arrive(doc.get_update(romeo.doc.get_state()))
    return doc


async def test_what_others_wrote_is_offered_until_it_is_taken(
    romeo: Stage, juliet: Doc[Text]
) -> None:
    service = Service()
    service.doc.apply_update(romeo.sent[0])
    offers = Offers(new_document_id(), romeo.replica, service, {7: JULIET, 8: "x@y"})
    running = asyncio.create_task(offers.run(new_replica_id()))
    offers.told(read_state_vector(service.doc.get_state()))
    async with asyncio.timeout(10):
        await service.taken.wait()
    running.cancel()

    assert service.doc.get_state() == juliet.get_state()
    assert len(service.relays) == 2
    assert service.relays[1].said == {7: JULIET}
    assert read_update(service.relays[1].update).clients == {7}  # nobody relays their own


async def test_what_its_author_has_given_by_then_is_not_offered(
    romeo: Stage, juliet: Doc[Text]
) -> None:
    service = Service()
    offers = Offers(new_document_id(), romeo.replica, service, {})
    offers.told({})
    service.doc.apply_update(juliet.get_update())
    running = asyncio.create_task(offers.run(new_replica_id()))
    async with asyncio.timeout(10):
        await service.asked.wait()
    await asyncio.sleep(0)
    running.cancel()
    assert service.relays == []
