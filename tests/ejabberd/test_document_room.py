"""Replicas joined through a real document room, with the hub service there, away, or coming back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pycrdt import Awareness, Doc, Text
from slixmpp import JID

from tests.ejabberd.people import Verona
from tests.ejabberd.test_reconcile import AWARENESS, DOCUMENTS, reconcile
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.documents.direct import DirectStanzas
from xmpp_bridge.documents.relay import RelayMessage
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.room import DocumentRoom
from xmpp_bridge.documents.service import Admission, DocumentInfo
from xmpp_bridge.documents.shared_file import Link, LiveRoom, SharedFile
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.reconcile import (
    AWARENESS_OPTIONS,
    DOCUMENT_OPTIONS,
    MucRoomWanted,
)
from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import TooLargeError, UnavailableError
from xmpp_bridge.xmpp.stream import Login, Secret

pytestmark = pytest.mark.e2e

PASSWORD = Secret("wherefore")
WRITERS = ("romeo", "juliet", "nurse")


class Service:
    """The durable copy without a database; `away` is what a stopped service is."""

    def __init__(self, document: DocumentId) -> None:
        self.away = False
        self.most = 2**30
        self.has_time = asyncio.Event()
        self.has_time.set()
        self.doc: Doc[Any] = Doc()
        self._document = document

    async def admission(self, document: DocumentId) -> Admission:
        info = DocumentInfo(
            document,
            RoomId("1" * 32),
            "a.md",
            "file",
            "text",
            Role.EDITOR,
            born=True,
            creator="romeo",
        )
        return Admission(
            info,
            JID(f"{document}@{DOCUMENTS}"),
            JID(f"{document}@{AWARENESS}"),
            PASSWORD,
            {},
            {},
        )

    async def sync(self, document: DocumentId, message: SyncMessage) -> SyncMessage:
        if self.away:
            raise UnavailableError("the service is away")
        await self.has_time.wait()
        if len(message.update) > self.most:
            raise TooLargeError("a sync has at most so many bytes")
        self.doc.apply_update(message.update)
        return SyncMessage("", self.doc.get_state(), self.doc.get_update(message.state_vector))

    async def relay(self, document: DocumentId, message: RelayMessage) -> SyncMessage:
        raise UnavailableError("nobody here needs a relay")


class Open:
    """What a linked room is to the network: a Doc and its awareness."""

    def __init__(self) -> None:
        self.ydoc: Doc[Any] = Doc()
        self.awareness = Awareness(self.ydoc)
        self.clients: set[Any] = set()

    async def save(self) -> None:
        """There is no file."""


class Desk:
    """One person's replica of the document."""

    def __init__(self, shared: SharedFile, room: Open, client: Client) -> None:
        self.shared = shared
        self.client = client
        self.text = room.ydoc.get("source", type=Text)

    @property
    def network(self) -> DocumentRoom:
        assert isinstance(self.shared.network, DocumentRoom)
        return self.shared.network


async def until(condition: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"still not: {what}") from None


class Stage:
    """One document, its rooms, and whoever sits down at it."""

    def __init__(self, verona: Verona, document: DocumentId, folder: Path) -> None:
        self.service = Service(document)
        self._verona = verona
        self._document = document
        self._folder = folder

    @asynccontextmanager
    async def desk(self, name: str) -> AsyncIterator[Desk]:
        direct = DirectStanzas()
        direct.service = "xmpp-bridge@bridge.montague.lit"

        async def login() -> Login:
            return self._verona.login(name)

        client = Client(login, direct.listen)

        def connect(shared: SharedFile, replica: Replica, room: LiveRoom) -> DocumentRoom:
            return DocumentRoom(shared, replica, room, client, self.service, direct)

        async def write_file(_path: str, _model: dict[str, Any]) -> None: ...

        async def is_busy(_path: str) -> bool:
            return False

        link = Link(
            self._document, "1" * 32, name, "a.md", "file", "text", creator=False, role=Role.EDITOR
        )
        shared = SharedFile(link, self._folder / name, name, connect, write_file, is_busy)
        room = Open()
        shared.opened(room)
        logging_in = asyncio.create_task(client.run())
        shared.ready()
        try:
            desk = Desk(shared, room, client)
            await until(lambda: desk.network.state == "live", f"{name} is live")
            yield desk
        finally:
            await shared.closed()
            logging_in.cancel()
            await asyncio.gather(logging_in, return_exceptions=True)


@pytest.fixture
async def stage(verona: Verona, api: EjabberdApi, tmp_path: Path) -> Stage:
    document = DocumentId(uuid4().hex)
    people = frozenset(f"{name}@montague.lit" for name in WRITERS)
    for service, options in ((DOCUMENTS, DOCUMENT_OPTIONS), (AWARENESS, AWARENESS_OPTIONS)):
        wanted = MucRoomWanted(options, PASSWORD, writers=people, readers=people)
        await reconcile(api, document, service, wanted)
    return Stage(verona, document, tmp_path)


async def test_what_one_types_the_other_has_and_the_service_being_away_changes_nothing(
    stage: Stage,
) -> None:
    async with stage.desk("romeo") as romeo, stage.desk("juliet") as juliet:
        romeo.text += "But soft"
        await until(lambda: str(juliet.text) == "But soft", "juliet reads")
        stage.service.away = True
        juliet.text += "; ay me"
        await until(lambda: str(romeo.text) == "But soft; ay me", "romeo reads")


async def test_a_newcomer_is_helped_by_an_occupant_while_the_service_is_away(stage: Stage) -> None:
    async with stage.desk("romeo") as romeo:
        stage.service.away = True
        romeo.text += "But soft"
        async with stage.desk("juliet") as juliet:
            await until(lambda: str(juliet.text) == "But soft", "juliet reads")
            juliet.text += "; ay me"
            await until(lambda: str(romeo.text) == "But soft; ay me", "romeo reads")


async def test_what_was_typed_alone_reaches_the_others_by_way_of_an_occupant(stage: Stage) -> None:
    async with stage.desk("romeo") as romeo, stage.desk("juliet") as juliet:
        romeo.text += "But soft"
        await until(lambda: str(juliet.text) == "But soft", "juliet reads")
        stage.service.away = True
        juliet.client.drop(UnavailableError("the cable is cut"))
        await until(lambda: juliet.network.state == "offline", "juliet is offline")
        juliet.text += "; ay me"
        romeo.text += "!"
        await until(
            lambda: str(romeo.text) == str(juliet.text) and "ay me" in str(romeo.text), "they agree"
        )
        assert juliet.network.unsaved.size > 0, "nothing is durable while the service is away"


async def test_the_service_gets_everything_when_it_is_back(stage: Stage) -> None:
    async with stage.desk("romeo") as romeo:
        stage.service.away = True
        romeo.client.drop(UnavailableError("the cable is cut"))
        await until(lambda: romeo.network.state == "offline", "romeo is offline")
        romeo.text += "But soft"
        await until(lambda: romeo.client.connected, "romeo is back")
        stage.service.away = False
        text = stage.service.doc.get("source", type=Text)
        await until(lambda: str(text) == "But soft", "the service has it")
        await until(lambda: romeo.network.unsaved.size == 0, "romeo knows")


async def test_keystrokes_do_not_wait_for_an_output_that_the_service_is_being_given(
    stage: Stage,
) -> None:
    async with stage.desk("romeo") as romeo, stage.desk("juliet") as juliet:
        stage.service.has_time.clear()
        kernel: Doc[Any] = Doc()
        kernel["output"] = Text(os.urandom(500_000).hex())
        assert romeo.shared.replica is not None
        romeo.shared.replica.type(kernel.get_update())
        romeo.text += "But soft"
        await until(lambda: str(juliet.text) == "But soft", "juliet reads")
        assert romeo.network.unsaved.size > 1_000_000
        stage.service.has_time.set()
        await until(lambda: romeo.network.unsaved.size == 0, "all is durable")
        assert str(stage.service.doc.get("output", type=Text)) == str(kernel["output"])


async def test_an_output_of_megabytes_goes_in_chunks_while_the_service_is_away(
    stage: Stage,
) -> None:
    output = os.urandom(1_500_000).hex()
    async with stage.desk("romeo") as romeo, stage.desk("juliet") as juliet:
        stage.service.away = True
        romeo.text += output
        romeo.text += "!"
        await until(lambda: str(juliet.text) == output + "!", "juliet reads")
        assert juliet.network.state == "live"
        stage.service.away = False
        await until(lambda: romeo.network.unsaved.size == 0, "it is durable")
        assert str(stage.service.doc.get("source", type=Text)) == output + "!"


async def test_an_occupant_gives_a_newcomer_more_than_a_stream_lets_through_at_once(
    stage: Stage,
) -> None:
    output = os.urandom(6_000_000).hex()  # ejabberd ends a stream at 10 MiB
    async with stage.desk("romeo") as romeo:
        romeo.text += output
        await until(lambda: romeo.network.unsaved.size == 0, "it is durable")
        stage.service.away = True
        async with stage.desk("juliet") as juliet:
            await until(lambda: str(juliet.text) == output, "juliet reads")
        assert romeo.network.state == "live"


async def test_what_the_service_finds_too_large_is_said_and_others_go_on(stage: Stage) -> None:
    stage.service.most = 1_000_000
    async with stage.desk("romeo") as romeo, stage.desk("juliet") as juliet:
        romeo.text += os.urandom(20_000_000).hex()
        await until(lambda: isinstance(romeo.network.trouble, TooLargeError), "romeo is told")
        juliet.text += "Ay me"
        await until(lambda: "Ay me" in str(romeo.text), "romeo reads")
        assert romeo.network.state == "live"
        assert romeo.network.unsaved.size > 40_000_000


async def test_a_stream_that_ends_for_a_stanza_too_large_is_followed_by_another(
    stage: Stage,
) -> None:
    async with stage.desk("romeo") as romeo, stage.desk("juliet") as juliet:
        stream = await romeo.client.stream()
        stream.send_raw(f"<message to='nurse@montague.lit'><body>{'x' * 2**24}</body></message>")
        romeo.text += "But soft"
        await until(lambda: not stream.is_connected(), "the stream has ended")
        await until(lambda: str(juliet.text) == "But soft", "juliet reads")
        await until(lambda: romeo.network.unsaved.size == 0, "it is durable")


async def test_three_who_type_at_once_agree(stage: Stage) -> None:
    async with (
        stage.desk("romeo") as romeo,
        stage.desk("juliet") as juliet,
        stage.desk("nurse") as nurse,
    ):
        desks = (romeo, juliet, nurse)
        for number in range(100):
            for desk in desks:
                desk.text.insert(0, f"{number % 10}")
            await asyncio.sleep(0.005)
        await until(
            lambda: (
                {len(str(desk.text)) for desk in desks} == {300}
                and len({str(desk.text) for desk in desks}) == 1
            ),
            "all agree",
        )
