"""The service's places in the rooms of documents and chats, without an XMPP server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from xmpp_bridge.accounts.store import AccountStore
from xmpp_bridge.archive.store import ArchiveStore, Entry
from xmpp_bridge.chat.message import Moderation, Said, StanzaId
from xmpp_bridge.hub_service.chat_rooms import ChatRooms
from xmpp_bridge.hub_service.document_rooms import DocumentRooms
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.xmpp.component import Component, ComponentLogin, ComponentStream


def _no_login() -> ComponentLogin:
    raise AssertionError("it never connects")


class FakeComponent(Component):
    """Is never connected."""

    def __init__(self) -> None:
        super().__init__(_no_login)
        self._never = asyncio.Event()

    async def stream(self) -> ComponentStream:
        await self._never.wait()
        raise AssertionError("it never is")


class FakeDocumentRooms(DocumentRooms):
    """Remembers in which rooms a place is held."""

    def __init__(self) -> None:
        self.kept: set[DocumentId] = set()
        self.replicas: dict[str, str] = {}
        """Whose a replica is; one that is not in here is whose they say."""
        self.away: dict[str | None, float] = {}
        """For how many seconds somebody has not been there, by bare JID."""
        self.inside: set[str] = set()
        """Full JIDs of the occupants of every room."""

    def absence(self, document: DocumentId, bare_jid: str | None) -> float:
        return self.away.get(bare_jid, 0.0) if document in self.kept else 0.0

    def followers(self, document: DocumentId) -> frozenset[str]:
        return frozenset(self.inside)

    def keep(self, document: DocumentId) -> None:
        self.kept.add(document)

    def drop(self, document: DocumentId) -> None:
        self.kept.discard(document)

    def hears(self, document: DocumentId, replica: str, localpart: str) -> bool:
        return document in self.kept and self.replicas.get(replica, localpart) == localpart


class FakeChatRooms(ChatRooms):
    """Remembers in which chats a place is held; what the service says there is kept as if it had been heard."""

    def __init__(
        self,
        archive: ArchiveStore,
        accounts: AccountStore,
        addresses: Addresses,
        clock: Callable[[], datetime],
    ) -> None:
        self.kept: set[RoomId] = set()
        self._archive = archive
        self._accounts = accounts
        self._addresses = addresses
        self._clock = clock
        self._stanza_id = int(clock().timestamp() * 1_000_000)

    async def say(self, room: RoomId, said: Said) -> None:
        by = said.by.partition("@")[0] if isinstance(said, Moderation) else ""
        await self._keep_said(room, self._addresses.service.bare, by, said)

    async def hear(self, room: RoomId, who: str, said: Said) -> StanzaId:
        """What somebody says; returns what the room calls it."""
        return await self._keep_said(room, self._addresses.account(who).bare, who, said)

    async def _keep_said(self, room: RoomId, sender: str, who: str, said: Said) -> StanzaId:
        self._stanza_id += 1
        stanza_id, account = StanzaId(str(self._stanza_id)), await self._accounts.by_localpart(who)
        account_id = None if account is None else account.id
        entry = Entry(room, stanza_id, sender, account_id, self._clock(), None, said)
        await self._archive.append([entry])
        return stanza_id

    def keep(self, room: RoomId) -> None:
        self.kept.add(room)

    def drop(self, room: RoomId) -> None:
        self.kept.discard(room)
