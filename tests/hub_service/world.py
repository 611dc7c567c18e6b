"""Verona: a hub, an ejabberd and a database, without a process between them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pycrdt
from joserfc.jwk import ECKey
from slixmpp import JID
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub_service.fake_ejabberd import FakeEjabberd
from tests.hub_service.fake_hub import NOON, FakeHub
from tests.hub_service.fake_rooms import FakeChatRooms, FakeComponent, FakeDocumentRooms
from tests.hub_service.fake_voice import FakeVoice
from xmpp_bridge.accounts.app_password_store import AppPasswordStore
from xmpp_bridge.accounts.credential import CredentialMint
from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.archive.search import Search
from xmpp_bridge.archive.store import ArchiveStore
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.stanza import ReplicaId, UpdateStanza
from xmpp_bridge.hub_service.app_passwords import AppPasswords
from xmpp_bridge.hub_service.auditing import Auditing
from xmpp_bridge.hub_service.caller import Caller
from xmpp_bridge.hub_service.chat import Chat
from xmpp_bridge.hub_service.closing import Closing
from xmpp_bridge.hub_service.credentials import Credentials
from xmpp_bridge.hub_service.direct import Direct
from xmpp_bridge.hub_service.ending import Ending
from xmpp_bridge.hub_service.files import Files, Limits
from xmpp_bridge.hub_service.finding import Finding
from xmpp_bridge.hub_service.floods import Floods
from xmpp_bridge.hub_service.guests import Guests
from xmpp_bridge.hub_service.impostors import Impostors
from xmpp_bridge.hub_service.labless import Labless
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.notices import Notices
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.presence_parts import presence_parts
from xmpp_bridge.hub_service.presence_view import PresenceSettings
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.hub_service.receipts import Receipts
from xmpp_bridge.hub_service.record_keeper import Policy, RecordKeeper
from xmpp_bridge.hub_service.recorder import Recorder
from xmpp_bridge.hub_service.relay_allowance import RelayAllowance
from xmpp_bridge.hub_service.relays import Relays
from xmpp_bridge.hub_service.reporter import Reporter
from xmpp_bridge.hub_service.rosters import Rosters
from xmpp_bridge.hub_service.scopes import CREDENTIALS, ROOMS_WRITE, access
from xmpp_bridge.hub_service.sharing import OpenDocument
from xmpp_bridge.hub_service.sharing_parts import SharingParts, SharingStores
from xmpp_bridge.hub_service.sharing_views import SharingViews
from xmpp_bridge.hub_service.slots import Slots
from xmpp_bridge.hub_service.submission import Given, Heard, Outcome
from xmpp_bridge.hub_service.summons import Summons
from xmpp_bridge.hub_service.waking import Waking
from xmpp_bridge.hub_service.writers import Writers
from xmpp_bridge.hub_service.xmpp_server import Addresses, XmppServer
from xmpp_bridge.presence.circles import Reach
from xmpp_bridge.presence.condition import Choice
from xmpp_bridge.rooms.direct import DirectRooms
from xmpp_bridge.rooms.guest_store import GuestStore
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.prepared import Reads
from xmpp_bridge.uploads.slots import SlotStore
from xmpp_bridge.uploads.store import UploadStore
from xmpp_bridge.xmpp.errors import BridgeError
from xmpp_bridge.xmpp.muc import Occupant
from xmpp_bridge.xmpp.stream import Secret

DOMAIN = "montague.lit"
ADDRESSES = Addresses(DOMAIN)
REPLICA = ReplicaId("0123456789abcdef")


class World:
    """Everything joined as in the service, and a few people."""

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self.engine = engine
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
        policy = Policy(DOMAIN, folder.parent, timedelta(minutes=1), None, "All is recorded.")
        self.keeper = RecordKeeper(engine, policy, self.now)
        self.people = People(self.hub, self.accounts, timedelta(seconds=30), lambda: self.seconds)
        self.stores = SharingStores(engine, b"Tis but thy name", self.now, lambda: self.seconds)
        guests = GuestStore(engine, ("capulet.lit",))
        self.projection = Projection(
            self.rooms,
            self.ejabberd,
            ADDRESSES,
            guests.of_room,
            self.stores.moderation.muted,
            chance=lambda: 0.0,
        )
        self.guests = Guests(self.rooms, guests, self.projection, self.now)
        self.document_rooms, self.archive = FakeDocumentRooms(), ArchiveStore(engine)
        self.chat_rooms = FakeChatRooms(self.archive, self.accounts, ADDRESSES, self.now)
        self.chat = Chat(self.rooms, self.archive, self.chat_rooms, ADDRESSES)
        self.rooms_of_auditors: dict[str, list[str]] = {}
        self.auditing = Auditing(
            engine, self.keeper, self.people, self.hub.group, self.rooms_of_auditors
        )
        self.reads = Reads(engine)
        self.search = Search(engine, self.reads)
        self.finding = Finding(self.rooms, self.search, ADDRESSES, self.now)
        self.uploads = UploadStore(engine, folder, self.now)
        limits = Limits(file=1_000_000, room=2_000_000)
        self.files = Files(self.rooms, self.uploads, limits, self.stores.quotas)
        self.slot_store = SlotStore(engine, folder.with_name("slots"), self.now)
        self.slots = Slots(self.slot_store, self.accounts, self.search, ADDRESSES, limits)
        self._join(engine)

    def _join(self, engine: AsyncEngine) -> None:
        self.waking = Waking(
            FakeComponent(),
            self.rooms,
            self.leases,
            self.voice,
            ADDRESSES,
            self.document_rooms.followers,
            look_every=0.0,
        )
        self.reporter = Reporter(self.receipts, self.voice, self.metrics, self.waking.changed)
        self.recorder = Recorder(
            self.history,
            self.rooms,
            Writers(engine, DOMAIN),
            self.metrics,
            self._report,
            chance=lambda: 0.0,
        )
        self.summoned: list[DocumentId] = []
        self.relays = Relays(
            self.history,
            self.accounts,
            self.rooms,
            self.document_rooms.absence,
            Summons(
                self.leases,
                self.ejabberd.sessions,
                self.summoned.extend,
                lambda: self.seconds,
                600.0,
            ),
            self.reporter,
            ADDRESSES,
            allowance=RelayAllowance(lambda: self.seconds),
            after=timedelta(minutes=10),
            now=self.now,
        )
        self.presence = presence_parts(
            engine,
            self.hub,
            FakeComponent(),
            self.rooms,
            self.leases,
            self.voice,
            ADDRESSES,
            PresenceSettings(Reach.ROOMS, Choice.AUTO, tells_place=True),
            self.now,
        )
        self.closing = Closing(self.accounts, self.leases, self.rooms, self.projection, self.now)
        self.ending = Ending(self.ejabberd, self._leased, lambda: self.seconds)
        keys = AppPasswordStore(engine)
        self.labless = Labless(self.ejabberd, keys, self.leases, self.rooms, ADDRESSES)
        self.impostors = Impostors(self.ejabberd, self._leased, lambda: self.seconds, 0.0)
        self.floods = Floods(self.ejabberd, DOMAIN, lambda: self.seconds)
        self.locked: list[str] = []
        self.app_passwords = AppPasswords(
            keys,
            self.people,
            self.ending,
            self.impostors,
            self.floods,
            self._note_locked,
            self.labless.changed,
            self.metrics,
            self.now,
            lambda: self.seconds,
        )
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
        notices = Notices(
            self.leases, self.voice, ADDRESSES, self.labless.changed, self.presence.view.moved
        )
        self.direct = Direct(
            DirectRooms(engine, self.now), self.projection, self.chat_rooms, notices
        )
        self.rosters = Rosters(
            self.stores.groups, self.accounts, self.ejabberd, 3, lambda: self.seconds
        )
        self.shared = SharingParts(
            self.stores,
            self.rooms,
            self.accounts,
            self.history,
            self.hub,
            self.people,
            self.projection,
            self.document_rooms,
            self.chat_rooms,
            notices,
            self.closing.close,
            self.rosters,
            everybody_visible=False,
            every=timedelta(seconds=60),
            now=self.now,
            clock=lambda: self.seconds,
        )
        self.sharing = self.shared.sharing
        self.sharing_views = SharingViews(ADDRESSES, "/services/xmpp-bridge/", self.stores.links)

    async def _note_locked(self, owner: Account, label: str) -> None:
        self.locked.append(f"{owner.localpart}: {label}")

    async def _leased(self, localpart: str) -> frozenset[str]:
        account = await self.accounts.by_localpart(localpart)
        leases = [] if account is None else await self.leases.of_account(account.id)
        return frozenset(lease.resource for lease in leases)

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
