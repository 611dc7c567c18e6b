"""The hub service: everything below is built, joined and run here, until it is cancelled."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from time import monotonic
from urllib.parse import urljoin

from slixmpp import JID
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.credential import CredentialMint
from xmpp_bridge.accounts.extauth_socket import Authentication, Question
from xmpp_bridge.accounts.extauth_socket import serve as answering_extauth
from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import AccountStore
from xmpp_bridge.archive.search import Search
from xmpp_bridge.archive.store import ArchiveStore, Entry
from xmpp_bridge.audit.recording import unrecorded
from xmpp_bridge.documents.history import History
from xmpp_bridge.hub_service.attending import Attending
from xmpp_bridge.hub_service.auditing import Auditing
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.chat import Chat
from xmpp_bridge.hub_service.chat_rooms import ChatRooms
from xmpp_bridge.hub_service.closing import Closing
from xmpp_bridge.hub_service.credentials import Credentials
from xmpp_bridge.hub_service.direct import Direct
from xmpp_bridge.hub_service.document_rooms import DocumentRooms
from xmpp_bridge.hub_service.exchange import Exchange
from xmpp_bridge.hub_service.finding import Finding
from xmpp_bridge.hub_service.guests import Guests
from xmpp_bridge.hub_service.health import eventually, trouble_of
from xmpp_bridge.hub_service.hub_api import HubApi
from xmpp_bridge.hub_service.own_clients import OwnClients
from xmpp_bridge.hub_service.parts import Front, Parts
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.presence_parts import presence_parts
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.hub_service.receipts import Receipts
from xmpp_bridge.hub_service.record_parts import RecordingEjabberd, record_keeper, told
from xmpp_bridge.hub_service.recorder import Recorder
from xmpp_bridge.hub_service.relay_allowance import RelayAllowance
from xmpp_bridge.hub_service.relays import Relays
from xmpp_bridge.hub_service.reporter import Reporter
from xmpp_bridge.hub_service.resources import (
    database_trouble,
    link_key,
)
from xmpp_bridge.hub_service.rosters import Rosters
from xmpp_bridge.hub_service.settings import Settings
from xmpp_bridge.hub_service.sharing_parts import SharingParts, SharingStores
from xmpp_bridge.hub_service.sharing_views import SharingViews
from xmpp_bridge.hub_service.summons import Summons
from xmpp_bridge.hub_service.sweeper import Sweeper
from xmpp_bridge.hub_service.upload_parts import UploadParts
from xmpp_bridge.hub_service.views import Views
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.waking import Waking
from xmpp_bridge.hub_service.whose import Whose
from xmpp_bridge.hub_service.writers import Writers
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.hub_service.xmpp_source import XmppSource
from xmpp_bridge.rooms.direct import DirectRooms
from xmpp_bridge.rooms.guest_store import GuestStore
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.prepared import Reads
from xmpp_bridge.xmpp.component import Component

log = logging.getLogger(__name__)


class Service:
    """The parts, each built from those above it, and what runs of them."""

    def __init__(
        self,
        settings: Settings,
        front: Front,
        engine: AsyncEngine,
        reads: Reads,
        hub: HubApi,
        xmpp: XmppSource,
    ) -> None:
        self._front = front
        self._xmpp = xmpp
        self._every = settings.reconcile_every
        addresses = self._addresses = Addresses(settings.domain)
        metrics = front.metrics
        mint = CredentialMint(
            xmpp.server().signing_key, settings.domain, settings.credential_lifetime, _now
        )
        if not settings.record.on:
            engine = unrecorded(engine)
        keeper = self._keeper = record_keeper(engine, settings, _now)
        self._told = told(settings)
        ejabberd = RecordingEjabberd(
            engine,
            xmpp.server().admin_address,
            settings.domain,
            lambda: str(mint.admin_token()),
            xmpp.server().authority,
        )

        accounts = self._accounts = AccountStore(engine, hub.still_has)
        leases = self._leases = LeaseStore(engine)
        whose = Whose(accounts, leases, settings.domain)
        rooms = self._rooms = RoomStore(engine, _now)
        history = self._history = History(engine, window=settings.history_window)

        component = self._component = Component(lambda: xmpp.server().login(addresses))
        voice = Voice(component, addresses)
        presence = self._presence = presence_parts(
            engine, hub, component, rooms, leases, voice, addresses, settings.presence, _now
        )
        reporter = Reporter(
            Receipts(),
            voice,
            metrics,
            lambda documents: waking.changed(documents),  # noqa: PLW0108 - it is built below
        )
        recorder = self._recorder = Recorder(
            history,
            rooms,
            Writers(engine, settings.domain),
            metrics,
            reporter.report,
        )
        stores = SharingStores(engine, link_key(settings.state), _now, monotonic)
        guests = GuestStore(engine, settings.federation_domains)
        notice = settings.record.policy if settings.record.on else ""
        projection = self._projection = Projection(
            rooms, ejabberd, addresses, guests.of_room, stores.moderation.muted, notice=notice
        )
        document_rooms = self._document_rooms = DocumentRooms(
            component,
            projection,
            voice,
            reporter,
            addresses,
            hear=recorder.put,
            ask_every=settings.reconcile_every,
            now=_now,
        )
        waking = self._waking = Waking(
            component, rooms, leases, voice, addresses, document_rooms.followers
        )

        archive, search = ArchiveStore(engine), Search(engine, reads)
        uploads = self._uploads = UploadParts(
            settings,
            front.prefix,
            engine,
            component,
            rooms,
            accounts,
            search,
            stores.quotas,
            whose,
            addresses,
            _now,
        )
        chat_rooms = self._chat_rooms = ChatRooms(
            component,
            projection,
            archive,
            whose.id_at,
            addresses,
            ask_every=settings.reconcile_every,
            bystanders=presence.bystanders,
            on_kept=self._on_kept,
        )
        finding = Finding(rooms, search, addresses, _now)
        self._attending = Attending(
            settings,
            engine,
            component,
            rooms,
            finding,
            chat_rooms,
            voice,
            whose.account_at,
            _now,
            monotonic,
        )

        people = People(hub, accounts, settings.hub_cache, monotonic)
        closing = Closing(accounts, leases, rooms, projection, _now)
        clients = self._clients = OwnClients(
            engine,
            ejabberd,
            people,
            leases,
            rooms,
            voice,
            addresses,
            metrics,
            component,
            whose,
            presence.view,
            _now,
            monotonic,
        )
        self._app_passwords, notices = clients.app_passwords, clients.notices
        self._sweeper = Sweeper(
            ejabberd,
            hub,
            accounts,
            leases,
            closing,
            self._app_passwords,
            metrics,
            every=settings.reconcile_every,
            lifetime=settings.credential_lifetime,
            now=_now,
        )
        shared = self._shared = SharingParts(
            stores,
            rooms,
            accounts,
            history,
            hub,
            people,
            projection,
            document_rooms,
            chat_rooms,
            notices,
            self._sweeper.close,
            Rosters(stores.groups, accounts, ejabberd, settings.presence.roster_people, monotonic),
            everybody_visible=settings.everybody_visible,
            every=settings.reconcile_every,
            now=_now,
            clock=monotonic,
        )
        self._parts = Parts(
            people=people,
            credentials=Credentials(
                people, leases, addresses, mint, settings.credential_lifetime, closing.reopen
            ),
            app_passwords=self._app_passwords,
            sharing=shared.sharing,
            time_lines=shared.time_lines,
            access=shared.access,
            links=shared.links,
            moderation=shared.moderation,
            administration=shared.administration,
            following=shared.following,
            chat=Chat(rooms, archive, chat_rooms, addresses),
            guests=Guests(rooms, guests, projection, _now),
            direct=Direct(DirectRooms(engine, _now), projection, chat_rooms, notices),
            files=uploads.files,
            slots=uploads.slots,
            finding=finding,
            relays=Relays(
                history,
                accounts,
                rooms,
                document_rooms.absence,
                Summons(
                    leases,
                    ejabberd.sessions,
                    waking.changed,
                    monotonic,
                    settings.relay_after.total_seconds(),
                ),
                reporter,
                addresses,
                allowance=RelayAllowance(monotonic),
                after=settings.relay_after,
                now=_now,
            ),
            exchange=Exchange(
                history, recorder, reporter, document_rooms.hears, waking.asked, _now
            ),
            views=Views(addresses, keeper.told if settings.record.on else None),
            sharing_views=SharingViews(
                addresses, urljoin(settings.public_url, front.prefix), stores.links
            ),
            presence=presence.view,
            xmpp_server=xmpp.server,
            keeper=keeper,
            auditing=Auditing(engine, keeper, people, hub.group, settings.record.rooms_of_auditors),
        )
        metrics.watch(lambda: component.current is not None, lambda: document_rooms.count)
        self._checks = {
            "database": lambda: database_trouble(engine),
            "ejabberd": lambda: trouble_of(ejabberd.status()),
            "component": component.why_down,
        }

    async def run(self) -> None:
        """Serve until cancelled. Whatever ends by itself is a bug, and ends the service."""
        documents = await eventually(self._history.newest_first, self._front.health)
        rooms = await eventually(self._rooms.all_rooms, self._front.health)
        await eventually(self._app_passwords.resume, self._front.health)
        async with (
            answering_extauth(self._xmpp.server().extauth_socket, self._answer),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._xmpp.run(self._ejabberd_started))
            tasks.create_task(self._component.run())
            tasks.create_task(self._recorder.run())
            tasks.create_task(self._projection.run())
            tasks.create_task(self._document_rooms.run(documents))
            tasks.create_task(self._waking.run())
            tasks.create_task(self._chat_rooms.run(room.id for room in rooms))
            tasks.create_task(self._presence.presence.run())
            tasks.create_task(self._sweeper.run())
            tasks.create_task(self._clients.run())
            tasks.create_task(self._shared.run(self._every))
            tasks.create_task(self._uploads.run())
            tasks.create_task(self._attending.run())
            tasks.create_task(self._keep_tidy())
            tasks.create_task(self._keeper.run(self._told))
            self._front.parts = self._parts
            self._front.health.watch(self._checks)

    def _ejabberd_started(self) -> None:
        self._component.hurry()
        self._projection.hurry()

    async def _answer(self, question: Question) -> bool:
        """What ejabberd wants to know of an account; a credential it has checked by itself, and refused."""
        if question.domain != self._addresses.domain:
            return False
        if isinstance(question, Authentication):
            return await self._app_passwords.may_log_in(question.localpart, question.password)
        account = await self._accounts.by_localpart(question.localpart)
        return account is not None and account.enabled

    def _on_kept(self, who: JID, entry: Entry) -> None:
        self._clients.floods.hear(who)
        self._attending.hear(who, entry)

    async def _keep_tidy(self) -> None:
        while True:
            await asyncio.sleep(self._every.total_seconds())
            try:
                await self._history.compact()
                await self._uploads.tidy()
            except AWAY as error:
                log.warning("tidying put off: reason=%s", refusal(error))


def _now() -> datetime:
    return datetime.now(UTC)
