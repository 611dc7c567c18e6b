"""The hub service: everything below is built, joined and run here, until it is cancelled."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from datetime import UTC, datetime
from time import monotonic
from urllib.parse import urljoin

from jupyterhub.services.auth import HubOAuth  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.credential import CredentialMint
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.extauth_socket import Existence, Question
from xmpp_bridge.accounts.extauth_socket import serve as answering_extauth
from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.archive.indexing import index_all
from xmpp_bridge.archive.search import Search
from xmpp_bridge.archive.store import ArchiveStore
from xmpp_bridge.documents.history import History
from xmpp_bridge.ejabberd.private_file import make_private
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.chat import Chat
from xmpp_bridge.hub_service.chat_rooms import ChatRooms
from xmpp_bridge.hub_service.closing import Closing
from xmpp_bridge.hub_service.credentials import Credentials
from xmpp_bridge.hub_service.direct import Direct
from xmpp_bridge.hub_service.document_rooms import DocumentRooms
from xmpp_bridge.hub_service.environment import HubEnvironment
from xmpp_bridge.hub_service.exchange import Exchange
from xmpp_bridge.hub_service.files import Files
from xmpp_bridge.hub_service.finding import Finding
from xmpp_bridge.hub_service.health import Health, eventually, trouble_of
from xmpp_bridge.hub_service.hub_api import HubApi
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.notices import Notices
from xmpp_bridge.hub_service.parts import Front, Parts
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.projection import Projection
from xmpp_bridge.hub_service.receipts import Receipts
from xmpp_bridge.hub_service.recorder import Recorder
from xmpp_bridge.hub_service.reporter import Reporter
from xmpp_bridge.hub_service.resources import (
    database,
    database_trouble,
    hub_api,
    listening,
    upgrade,
)
from xmpp_bridge.hub_service.settings import Settings
from xmpp_bridge.hub_service.sharing import Sharing
from xmpp_bridge.hub_service.slots import Slots
from xmpp_bridge.hub_service.sweeper import Sweeper
from xmpp_bridge.hub_service.upload_service import UploadService
from xmpp_bridge.hub_service.views import Views
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.writers import Writers
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.hub_service.xmpp_source import XmppSource, xmpp_source
from xmpp_bridge.rooms.direct import DirectRooms
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.prepared import Reads
from xmpp_bridge.uploads.slots import SlotStore
from xmpp_bridge.uploads.store import UploadStore
from xmpp_bridge.xmpp.component import Component

log = logging.getLogger(__name__)


async def serve(settings: Settings, environment: HubEnvironment) -> None:
    """Run the service until cancelled; an embedded ejabberd ends with it."""
    make_private([settings.state])
    front = Front(
        environment.prefix,
        HubOAuth(cache_max_age=int(settings.hub_cache.total_seconds())),
        Metrics(),
        Health(),
    )
    # JupyterHub waits for the first answer, whatever it is; so listening comes first.
    async with (
        listening(front, environment, settings.state),
        database(settings.database_url) as engine,
        aclosing(Reads(engine)) as reads,
        hub_api(environment) as hub,
    ):
        await eventually(lambda: upgrade(engine), front.health)
        await eventually(lambda: index_all(engine), front.health)
        xmpp = await eventually(
            lambda: xmpp_source(settings.ejabberd, settings.xmpp_host, front.metrics), front.health
        )
        await Service(settings, front, engine, reads, hub, xmpp).run()


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
        ejabberd = EjabberdApi(
            xmpp.server().admin_address,
            settings.domain,
            lambda: str(mint.admin_token()),
            xmpp.server().authority,
        )

        accounts = self._accounts = AccountStore(engine, hub.still_has)
        leases = LeaseStore(engine)
        rooms = self._rooms = RoomStore(engine, _now)
        history = self._history = History(engine, window=settings.history_window)

        component = self._component = Component(lambda: xmpp.server().login(addresses))
        voice = Voice(component, addresses)
        reporter = Reporter(Receipts(), voice, metrics)
        recorder = self._recorder = Recorder(
            history,
            rooms,
            lambda: Writers(accounts, rooms, settings.domain),
            metrics,
            reporter.report,
        )
        projection = self._projection = Projection(rooms, ejabberd, addresses)
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

        self._uploads = UploadStore(engine, settings.state / "uploads", _now)
        self._slots = SlotStore(engine, settings.state / "slots", _now)
        archive, search = ArchiveStore(engine), Search(engine, reads)
        slots = Slots(self._slots, accounts, search, addresses, settings.upload_limits)
        self._upload_service = UploadService(
            component,
            slots,
            self._account_at,
            urljoin(settings.public_url, front.prefix) if settings.public_url else None,
        )
        chat_rooms = self._chat_rooms = ChatRooms(
            component,
            projection,
            archive,
            self._account_of,
            addresses,
            ask_every=settings.reconcile_every,
        )

        notices = Notices(leases, voice, addresses)
        people = People(hub, accounts, settings.hub_cache, monotonic)
        closing = Closing(accounts, leases, rooms, projection, _now)
        self._sweeper = Sweeper(
            ejabberd,
            hub,
            accounts,
            leases,
            closing,
            metrics,
            every=settings.reconcile_every,
            lifetime=settings.credential_lifetime,
            now=_now,
        )
        self._parts = Parts(
            people=people,
            credentials=Credentials(
                people, leases, addresses, mint, settings.credential_lifetime, closing.reopen
            ),
            sharing=Sharing(
                people,
                rooms,
                projection,
                document_rooms,
                chat_rooms,
                notices,
                history,
            ),
            chat=Chat(rooms, archive, chat_rooms, addresses),
            direct=Direct(DirectRooms(engine, _now), projection, chat_rooms, notices),
            files=Files(rooms, self._uploads, settings.upload_limits),
            slots=slots,
            finding=Finding(rooms, search, addresses, _now),
            exchange=Exchange(history, recorder, reporter, document_rooms.is_in, _now),
            views=Views(addresses),
            xmpp_server=xmpp.server,
        )
        metrics.watch(lambda: component.current is not None, lambda: document_rooms.count)
        self._checks = {
            "database": lambda: database_trouble(engine),
            "ejabberd": lambda: trouble_of(ejabberd.status()),
            "component": component.why_down,
        }

    async def run(self) -> None:
        """Serve until cancelled. Whatever ends by itself is a bug, and ends the service."""
        documents = await eventually(self._rooms.documents, self._front.health)
        rooms = await eventually(self._rooms.all_rooms, self._front.health)
        async with (
            answering_extauth(self._xmpp.server().extauth_socket, self._answer),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._xmpp.run(self._ejabberd_started))
            tasks.create_task(self._component.run())
            tasks.create_task(self._recorder.run())
            tasks.create_task(self._projection.run())
            tasks.create_task(self._document_rooms.run(document.id for document in documents))
            tasks.create_task(self._chat_rooms.run(room.id for room in rooms))
            tasks.create_task(self._sweeper.run())
            tasks.create_task(self._upload_service.run())
            tasks.create_task(self._keep_tidy())
            self._front.parts = self._parts
            self._front.health.watch(self._checks)

    def _ejabberd_started(self) -> None:
        self._component.hurry()
        self._projection.hurry()

    async def _answer(self, question: Question) -> bool:
        """What ejabberd wants to know of an account; there are no passwords but credentials yet."""
        if not isinstance(question, Existence) or question.domain != self._addresses.domain:
            return False
        account = await self._accounts.by_localpart(question.localpart)
        return account is not None and account.enabled

    async def _account_of(self, bare_jid: str) -> int | None:
        """Whose address this is; None for somebody whom the hub does not know."""
        account = await self._account_at(bare_jid)
        return None if account is None else account.id

    async def _account_at(self, bare_jid: str) -> Account | None:
        localpart, _, domain = bare_jid.rpartition("@")
        if domain != self._addresses.domain:
            return None
        return await self._accounts.by_localpart(localpart)

    async def _keep_tidy(self) -> None:
        while True:
            await asyncio.sleep(self._every.total_seconds())
            try:
                await self._history.compact()
                await self._uploads.remove_leftovers()
                await self._slots.remove_expired()
            except AWAY as error:
                log.warning("tidying put off: reason=%s", refusal(error))


def _now() -> datetime:
    return datetime.now(UTC)
