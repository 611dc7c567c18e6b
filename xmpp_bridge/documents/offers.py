"""Brings the service what others wrote, when nobody else has it any more (`relay.py`)."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping

from xmpp_bridge.documents.metrics import SYNCS
from xmpp_bridge.documents.relay import RelayMessage, RelayPlan
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.service import Service
from xmpp_bridge.documents.stanza import ReplicaId
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.update import EMPTY_UPDATE, read_state_vector, read_update
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BridgeError
from xmpp_bridge.xmpp.tasks import until

log = logging.getLogger(__name__)


class Offers:
    """One replica's offers; what the service makes of them is the service's to decide."""

    def __init__(
        self, document: DocumentId, replica: Replica, service: Service, said: Mapping[int, str]
    ) -> None:
        """`said` is whose client ids are, as far as was ever heard here."""
        self._document = document
        self._replica = replica
        self._service = service
        self._said = said
        self._plan = RelayPlan(random.random)
        self._beyond: Mapping[int, int] = {}
        self._news = asyncio.Event()

    def told(self, known: Mapping[int, int]) -> None:
        """The service has said how far it is."""
        beyond = {} if self._replica.read_only else self._replica.others_beyond(known)
        if self._plan.at is None:
            self._beyond = beyond
        self._plan.seen(time.monotonic(), lacking=bool(beyond))
        self._news.set()

    async def run(self, replica: ReplicaId) -> None:
        """Offer whenever it is time, until cancelled."""
        while True:
            await until(self._news, self._plan.at)
            if not self._plan.due(time.monotonic()):
                continue
            try:
                self.told(await self._offer(replica))
            except BridgeError as error:
                log.info("no relay: document=%s condition=%s", self._document, error.condition)
                self._plan.seen(time.monotonic(), lacking=True)

    async def _offer(self, replica: ReplicaId) -> Mapping[int, int]:
        """Give what the service lacked then and lacks still; what others are typing now is theirs to give."""
        ask = SyncMessage(replica, self._replica.state_vector(), EMPTY_UPDATE)
        known = read_state_vector((await self._service.sync(self._document, ask)).state_vector)
        if all(known.get(client, 0) >= clock for client, clock in self._beyond.items()):
            return known
        update = self._replica.others_missing(known)
        clients = read_update(update).clients
        said = {client: self._said[client] for client in clients if client in self._said}
        message = RelayMessage(replica, update, said)
        answer = await self._service.relay(self._document, message)
        SYNCS.labels("relay").inc()
        return read_state_vector(answer.state_vector)
