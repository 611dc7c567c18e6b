"""Verona: a hub, an ejabberd and a database, without a process between them."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pycrdt
from joserfc.jwk import ECKey
from slixmpp import JID
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub_service.fake_rooms import FakeChatRooms, FakeDocumentRooms
from xmpp_bridge.accounts.credential import CredentialMint
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account, AccountStore, HubUser
from xmpp_bridge.archive.search import Search
from xmpp_bridge.archive.store import ArchiveStore
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.stanza import Payload, ReplicaId, UpdateStanza
from xmpp_bridge.hub_service.caller import Caller
from xmpp_bridge.hub_service.chat import Chat
from xmpp_bridge.hub_service.closing import Closing
from xmpp_bridge.hub_service.credentials import Credentials
from xmpp_bridge.hub_service.direct import Direct
from xmpp_bridge.hub_service.files import Files, Limits
from xmpp_bridge.hub_service.finding import Finding
from xmpp_bridge.hub_service.hub_api import HubApi, HubPerson
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.notices import Notices
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.hub_service.receipts import Receipts
from xmpp_bridge.hub_service.recorder import Recorder
from xmpp_bridge.hub_service.reporter import Reporter
from xmpp_bridge.hub_service.scopes import CREDENTIALS, ROOMS_WRITE, access
from xmpp_bridge.hub_service.sharing import OpenDocument, Sharing
from xmpp_bridge.hub_service.slots import Slots
from xmpp_bridge.hub_service.submission import Given, Heard, Outcome
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.writers import Writers
from xmpp_bridge.hub_service.xmpp_server import Addresses, XmppServer
from xmpp_bridge.rooms.direct import DirectRooms
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.prepared import Reads
from xmpp_bridge.uploads.slots import SlotStore
from xmpp_bridge.uploads.store import UploadStore
from xmpp_bridge.xmpp.errors import BridgeError, NotFoundError, UnavailableError
from xmpp_bridge.xmpp.muc import Occupant
from xmpp_bridge.xmpp.stream import Secret

DOMAIN = "montague.lit"
NOON = datetime(1997, 7, 16, 12, tzinfo=UTC)
ADDRESSES = Addresses(DOMAIN)
REPLICA = ReplicaId("0123456789abcdef")


class FakeHub(HubApi):
    """Knows whom it is told of."""

    def __init__(self) -> None:
        self.people: dict[str, HubPerson] = {}
        self.asked: list[str] = []
        self.away = False

    def has(self, name: str, *, servers: Sequence[str] = ("",), blocked: bool = False) -> HubPerson:
        created = NOON + timedelta(microseconds=len(self.people))
        user = HubUser(name, created, name.title())
        self.people[name] = HubPerson(user, blocked, frozenset(servers))
        return self.people[name]

    async def person(self, name: str) -> HubPerson | None:
        self.asked.append(name)
        if self.away:
            raise UnavailableError("the hub is away")
        return self.people.get(name)

    async def active(self) -> dict[str, HubPerson]:
        if self.away:
            raise UnavailableError("the hub is away")
        return {name: person for name, person in self.people.items() if person.servers}


class FakeEjabberd(EjabberdApi):
    """Keeps rooms and sessions as it is told."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], tuple[dict[str, str], dict[str, str]]] = {}
        self.logged_in: list[str] = []
        self.inside: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.slips_in: str | None = None
        """Who enters each room just before its password changes."""
        self.kicked: list[tuple[str, str | None, str]] = []
        self.log: list[str] = []
        self.away = False

    def room(self, name: str, service: str) -> tuple[dict[str, str], dict[str, str]]:
        if self.away:
            raise UnavailableError("ejabberd is away")
        if (name, service) not in self.made:
            raise NotFoundError("no such room")
        return self.made[name, service]

    async def create_room(self, name: str, service: str, options: Mapping[str, str]) -> None:
        if self.away:
            raise UnavailableError("ejabberd is away")
        self.made[name, service] = (dict(options), {})

    async def destroy_room(self, name: str, service: str) -> None:
        self.room(name, service)
        del self.made[name, service]

    async def rooms(self, service: str) -> list[str]:
        if self.away:
            raise UnavailableError("ejabberd is away")
        return [name for name, where in self.made if where == service]

    async def room_options(self, name: str, service: str) -> dict[str, str]:
        return dict(self.room(name, service)[0])

    async def change_room_option(self, name: str, service: str, option: str, value: str) -> None:
        self.room(name, service)[0][option] = value
        if option == "password" and self.slips_in is not None:
            self.inside[name, service].add(self.slips_in)
        self.log.append(option)

    async def affiliations(self, name: str, service: str) -> dict[str, str]:
        return dict(self.room(name, service)[1])

    async def set_affiliation(self, name: str, service: str, jid: str, affiliation: str) -> None:
        self.room(name, service)[1][jid] = affiliation
        if affiliation == "outcast":
            self.inside[name, service].discard(jid)
        self.log.append(f"{jid} {affiliation}")

    async def occupants(self, name: str, service: str) -> frozenset[str]:
        self.room(name, service)
        return frozenset(self.inside[name, service])

    async def connected(self) -> list[str]:
        return list(self.logged_in)

    async def kick(self, localpart: str, resource: str | None, reason: str) -> None:
        self.kicked.append((localpart, resource, reason))


class FakeVoice(Voice):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[Payload] = []
        self.told: list[tuple[str, Payload]] = []
        self.passed_on: list[tuple[str, str]] = []

    def say(self, document: DocumentId, payload: Payload) -> None:
        self.said.append(payload)

    def tell(self, recipient: JID, payload: Payload) -> None:
        self.told.append((recipient.full, payload))

    def pass_on(self, recipient: JID, payload: ET.Element) -> None:
        self.passed_on.append((recipient.full, payload.tag))


class World:
    """Everything joined as in the service, and a few people."""

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self.hub, self.ejabberd, self.voice = FakeHub(), FakeEjabberd(), FakeVoice()
        self.metrics, self.receipts = Metrics(), Receipts()
        self.outcomes: list[Outcome] = []
        self._reported = asyncio.Event()
        self.clock = NOON
        self.seconds = 0.0
        self.accounts = AccountStore(engine, self.hub.still_has)
        self.leases = LeaseStore(engine)
        self.rooms = RoomStore(engine, self.now)
        self.history = History(engine)
        self.people = People(self.hub, self.accounts, timedelta(seconds=30), lambda: self.seconds)
        self.projection = Projection(self.rooms, self.ejabberd, ADDRESSES, chance=lambda: 0.0)
        self.document_rooms, self.archive = FakeDocumentRooms(), ArchiveStore(engine)
        self.chat_rooms = FakeChatRooms(self.archive, self.accounts, ADDRESSES, self.now)
        self.chat = Chat(self.rooms, self.archive, self.chat_rooms, ADDRESSES)
        self.reads = Reads(engine)
        self.search = Search(engine, self.reads)
        self.finding = Finding(self.rooms, self.search, ADDRESSES, self.now)
        self.uploads = UploadStore(engine, folder, self.now)
        limits = Limits(file=1_000_000, room=2_000_000)
        self.files = Files(self.rooms, self.uploads, limits)
        self.slot_store = SlotStore(engine, folder.with_name("slots"), self.now)
        self.slots = Slots(self.slot_store, self.accounts, self.search, ADDRESSES, limits)
        self.reporter = Reporter(self.receipts, self.voice, self.metrics)
        self.recorder = Recorder(
            self.history,
            self.rooms,
            lambda: Writers(self.accounts, self.rooms, DOMAIN),
            self.metrics,
            self._report,
            chance=lambda: 0.0,
        )
        self.closing = Closing(self.accounts, self.leases, self.rooms, self.projection, self.now)
        lifetime = timedelta(minutes=15)
        self.xmpp_server = XmppServer(
            c2s=("127.0.0.1", 5222),
            component=("127.0.0.1", 5275),
            component_secret=Secret("secret"),
            admin_address="unix:/nowhere",
            authority=None,
            signing_key=ECKey.generate_key("P-256"),
            extauth_socket=Path("/nowhere"),
        )
        mint = CredentialMint(self.xmpp_server.signing_key, DOMAIN, lifetime, self.now)
        self.credentials = Credentials(
            self.people, self.leases, ADDRESSES, mint, lifetime, self.closing.reopen
        )
        notices = Notices(self.leases, self.voice, ADDRESSES)
        self.direct = Direct(
            DirectRooms(engine, self.now), self.projection, self.chat_rooms, notices
        )
        self.sharing = Sharing(
            self.people,
            self.rooms,
            self.projection,
            self.document_rooms,
            self.chat_rooms,
            notices,
            self.history,
        )

    def now(self) -> datetime:
        return self.clock

    async def somebody(self, name: str) -> Account:
        """The account of a hub user, who is new if the hub did not know the name."""
        if name not in self.hub.people:
            self.hub.has(name)
        return await self.people.named(name)

    async def document(self, creator: str, **members: str) -> OpenDocument:
        """A document in a room with these people, by their roles."""
        owner = await self.somebody(creator)
        room = (await self.sharing.create_room(owner, "Capulet's orchard")).room
        for name, role in members.items():
            await self.somebody(name)
            await self.sharing.set_member(owner, room.id, name, Role(role))
        return await self.sharing.add_document(
            owner, room.id, "balcony.md", DocumentType.FILE, DocumentFormat.TEXT
        )

    async def keep(self, *submissions: Heard | Given) -> list[Outcome]:
        """Have these recorded, in one group, and return what became of them."""
        self.outcomes.clear()
        for submission in submissions:
            self.recorder.put(submission)
        recording = asyncio.create_task(self.recorder.run())
        async with asyncio.timeout(10):
            while len(self.outcomes) < len(submissions):
                self._reported.clear()
                await self._reported.wait()
        recording.cancel()
        await asyncio.wait([recording])
        return list(self.outcomes)

    def _report(self, outcomes: Sequence[Outcome]) -> None:
        self.reporter.report(outcomes)
        self.outcomes += outcomes
        self._reported.set()

    def refused(self, reason: str) -> float:
        """How many updates were refused for this reason."""
        value = self.metrics.registry.get_sample_value(
            "xmpp_bridge_updates_refused_total", {"reason": reason}
        )
        return value or 0.0


def caller(name: str, *scopes: str, token_id: str = "a1", session_id: str | None = None) -> Caller:
    """Somebody with a token of their Jupyter server, if nothing else is said."""
    usual = (access("xmpp-bridge"), ROOMS_WRITE, CREDENTIALS, f"access:servers!server={name}/")
    return Caller(name, "user", token_id, session_id, frozenset(scopes or usual))


def heard(
    document: DocumentId,
    name: str,
    update: bytes,
    sequence: int = 1,
    *,
    replica: ReplicaId = REPLICA,
    role: str = "participant",
) -> Heard:
    """An update that came through the room from somebody's Jupyter server."""
    occupant = Occupant(name, JID(f"{name}@{DOMAIN}/jupyter"), "member", role)
    return Heard(document, occupant, UpdateStanza(replica, sequence, update), NOON)


def given(document: DocumentId, account: Account, update: bytes) -> Given:
    """An update that came with a sync."""
    kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    return Given(document, account, REPLICA, update, NOON, kept)


class Author:
    """Somebody's replica; each `writes` is one update."""

    def __init__(self, client_id: int | None = None) -> None:
        self.doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=client_id)
        self.text = self.doc.get("source", type=pycrdt.Text)

    def writes(self, words: str) -> bytes:
        before = self.doc.get_state()
        self.text += words
        return self.doc.get_update(before)


def text_of(update: bytes) -> str:
    """What a document says."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc.apply_update(update)
    return str(doc.get("source", type=pycrdt.Text))


def condition_of(error: BaseException) -> str:
    assert isinstance(error, BridgeError)
    return error.condition
