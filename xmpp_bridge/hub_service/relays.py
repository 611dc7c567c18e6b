"""What somebody brings of others' history: whether their own replicas are gone, and what is kept of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.documents.access import Reason
from xmpp_bridge.documents.aside import read_aside
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.relay import NOBODY, Author, Relay, RelayMessage
from xmpp_bridge.documents.relay_rows import Fresh
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.update import EMPTY_UPDATE, without_clients
from xmpp_bridge.hub_service.relay_allowance import RelayAllowance
from xmpp_bridge.hub_service.reporter import Reporter
from xmpp_bridge.hub_service.submission import RefusedUpdateError
from xmpp_bridge.hub_service.summons import Summons
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.room import Document
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import BadPayloadError, ForbiddenError, NotReadyError

log = logging.getLogger(__name__)


class Relays:
    """`absence` tells for how many seconds an account has not been in a document's room; 0 if we cannot tell."""

    def __init__(
        self,
        history: History,
        accounts: AccountStore,
        rooms: RoomStore,
        absence: Callable[[DocumentId, str | None], float],
        summons: Summons,
        reporter: Reporter,
        addresses: Addresses,
        *,
        allowance: RelayAllowance,
        after: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._history = history
        self._accounts = accounts
        self._rooms = rooms
        self._absence = absence
        self._summons = summons
        self._reporter = reporter
        self._addresses = addresses
        self._allowance = allowance
        self._after = after.total_seconds()
        self._now = now

    async def offer(
        self, relayer: Account, document: Document, message: RelayMessage
    ) -> SyncMessage:
        """Keep what may be kept; the answer's state vector tells how far that goes."""
        role = await self._rooms.role_in_document(document.id, relayer.id)
        if role is None or not role.may_write:
            self._reporter.turned_away(document.id, Reason.VIEWER)
            raise RefusedUpdateError(ForbiddenError.condition, Reason.VIEWER)
        self._allowance.spend(document.id, relayer.id)
        if not document.born:
            raise NotReadyError("the document has no history yet, and only its creator begins it")
        try:
            kept = await self._keep(relayer, document.id, message)
        except BadPayloadError:
            self._reporter.turned_away(document.id, Reason.BAD_PAYLOAD)
            raise
        except ForbiddenError:
            self._reporter.turned_away(document.id, Reason.CONTRADICTS_RELAY)
            raise
        if kept.denied:
            log.warning(
                "relayed, but for what its authors deny: document=%s by=%d clients=%d",
                document.id,
                relayer.id,
                len(kept.denied),
            )
            self._reporter.turned_away(document.id, Reason.CONTRADICTS_RELAY)
        if kept.update != EMPTY_UPDATE:
            log.warning("relayed: document=%s by=%d", document.id, relayer.id)
            self._reporter.relayed(document.id)
        return SyncMessage("", await self._history.state_vector(document.id), EMPTY_UPDATE)

    async def _keep(self, relayer: Account, document: DocumentId, message: RelayMessage) -> Fresh:
        contents = await read_aside(message.update)
        owners = await self._history.authors(document)
        authors = {
            client: await self._author(client, owners, message.said, relayer)
            for client in contents.clients
        }
        living = {
            author
            for author in set(authors.values())
            if await self._may_come(document, author, relayer)
        }
        held = {client for client, author in authors.items() if author in living}
        update = without_clients(message.update, contents, held)
        return await self._history.relay(
            Relay(document, relayer.id, message.replica, update, authors, self._now())
        )

    async def _author(
        self, client: int, owners: Mapping[int, int], said: Mapping[int, str], relayer: Account
    ) -> Author:
        if client in owners:
            return Author(owners[client], known=True)
        localpart, _, domain = said.get(client, "").rpartition("@")
        ours = domain == self._addresses.domain
        account = await self._accounts.by_localpart(localpart) if ours else None
        # Whoever says that it is theirs would pass the owner by, whom the service has yet to hear of.
        if account is None or account.id == relayer.id:
            return NOBODY
        return Author(account.id, known=False)

    async def _may_come(self, document: DocumentId, author: Author, relayer: Account) -> bool:
        """Whether who wrote it may bring it; theirs is the better word."""
        if author.account_id == relayer.id:
            return False
        if author.account_id is None:
            return self._absence(document, None) < self._after
        account = await self._accounts.by_id(author.account_id)
        role = await self._rooms.role_in_document(document, author.account_id)
        if account is None or not account.enabled or role is None or not role.may_write:
            return False
        jid = self._addresses.account(account.localpart).bare
        here = self._absence(document, jid) < self._after
        return here or await self._summons.is_awaited(document, account)
