"""A file of this server that is linked to a document, from the day it is shared or joined to the day it is left."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pycrdt import Awareness, Doc

from xmpp_bridge.documents.base import Base, Pending, base_of
from xmpp_bridge.documents.genesis import genesis
from xmpp_bridge.documents.journal import Journal
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.trust import strip_trusted
from xmpp_bridge.documents.trust_watch import TrustWatch
from xmpp_bridge.documents.update import UpdateContents
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import BridgeError, NotReadyError
from xmpp_bridge.xmpp.tasks import ended

log = logging.getLogger(__name__)

COMPACT_FROM = 500
"""So many journal entries are read faster as one."""


@dataclass(frozen=True)
class Link:
    """Which file of ours is which document; what the journal cannot tell."""

    document: DocumentId
    room: str
    file_id: str
    name: str
    type: str
    format: str
    creator: bool
    """Whether this server may make the document's first history."""
    role: Role
    """As last heard of; the service and the XMPP server decide."""
    local_clients: tuple[int, ...] = ()
    own_clients: tuple[int, ...] = ()


class LiveRoom(Protocol):
    """A linked room as the network and the record need it."""

    ydoc: Doc[Any]
    awareness: Awareness
    clients: set[Any]

    async def save(self) -> None: ...


class Network(Protocol):
    """The document's rooms on the XMPP server, for one replica."""

    @property
    def state(self) -> str: ...
    @property
    def trouble(self) -> BridgeError | None: ...
    @property
    def waiting_bytes(self) -> int: ...
    def typed(self, update: bytes, *, says: bool) -> None: ...
    def is_remote(self, client: int) -> bool: ...
    async def fetch(self) -> None: ...
    async def run(self) -> None: ...


class SharedFile:
    """Owns the journal; makes a replica whenever a linked room opens, and its network while that lasts."""

    def __init__(
        self,
        link: Link,
        directory: Path,
        owner: str,
        connect: Callable[[SharedFile, Replica, LiveRoom], Network],
        write_file: Callable[[str, dict[str, Any]], Awaitable[Any]],
        patience: float = 10.0,
    ) -> None:
        self.link = link
        self.journal = Journal(directory / "journal")
        self.room: LiveRoom | None = None
        self.replica: Replica | None = None
        self.network: Network | None = None
        self.write_file = write_file
        self._owner = owner
        self._record = directory / "link.json"
        self._connect = connect
        self._patience = patience
        self._running: asyncio.Task[None] | None = None
        self._watch = TrustWatch()

    @property
    def document(self) -> DocumentId:
        return self.link.document

    def base_of(self, on_disk: Any) -> Base | None:
        """From which save of the document the file became what it is; None if from none."""
        return base_of(on_disk, self.journal.base, self.journal.pending(), self.link.type)

    # -- the memory of a replica ------------------------------------------------------------------

    @property
    def own_clients(self) -> frozenset[int]:
        return frozenset(self.link.own_clients)

    @property
    def local_clients(self) -> frozenset[int]:
        return frozenset(self.link.local_clients)

    def append(self, update: bytes) -> None:
        """Keep an update before anybody else hears of it."""
        self.journal.append(update)

    def own(self, client: int) -> None:
        """Remember that `client` types here."""
        if client not in self.link.own_clients:
            self.keep(replace(self.link, own_clients=(*self.link.own_clients, client)))

    def disown(self, clients: Collection[int]) -> None:
        """These are somebody else's after all."""
        ours = tuple(client for client in self.link.own_clients if client not in clients)
        self.keep(replace(self.link, own_clients=ours))

    # -- a room's life ----------------------------------------------------------------------------

    def opened(self, room: LiveRoom) -> Replica:
        """Give a linked room its replica."""
        local_client = Doc().client_id
        self._watch = TrustWatch()
        self.keep(replace(self.link, local_clients=(*self.link.local_clients, local_client)))
        network: list[Network] = []
        replica = Replica(
            room.ydoc,
            local_client,
            self,
            on_typed=lambda update, says: self._typed(room, network[0], update, says=says),
            guard=lambda update, contents: self._distrust(room, update, contents),
        )
        replica.read_only = not self.link.role.may_write
        network.append(self._connect(self, replica, room))
        self.room, self.replica, self.network = room, replica, network[0]
        return replica

    async def recall(self, on_disk: Any) -> bool:
        """Give the replica its history: the journal's, the room's, or, for a creator, a new one made of the file.

        Return whether it is a new one. Raises NotReadyError rather than invent one: two histories of one document
        double every cell.
        """
        assert self.replica is not None  # noqa: S101 - `opened` is called by the room's constructor
        kept = self.journal.load()
        if kept:
            self.replica.load(kept)
            self._watch.suspects(self.replica.whole())
            if len(kept) >= COMPACT_FROM:
                self.journal.compact(self.replica.whole())
            return False
        if self.link.creator:
            self.replica.type(genesis(on_disk, self.link.type))
            # Once and never again, even if the journal should be lost.
            self.keep(replace(self.link, creator=False))
            return True
        assert self.network is not None  # noqa: S101 - as above
        try:
            async with asyncio.timeout(self._patience):
                await self.network.fetch()
        except TimeoutError:
            raise NotReadyError(
                "the document's history cannot be reached yet; it opens as soon as it can be"
            ) from None
        return False

    def ready(self) -> None:
        """The replica may be shown and heard."""
        assert self.network is not None  # noqa: S101 - as above
        self._running = asyncio.create_task(self.network.run())

    async def closed(self) -> None:
        """The room is gone; the journal has everything."""
        await ended(self._running)
        if self.replica is not None:
            self.replica.close()
        self.room = self.replica = self.network = self._running = None
        self.journal.flush()

    def saving(self, state: bytes, content: Any, before: Any) -> None:
        """The file, which is `before`, is about to become `content`."""
        replaced = before if self.journal.base is None else None
        self.journal.set_pending(Pending(Base(state, content), replaced))

    def saved(self, state: bytes, content: Any) -> None:
        """The file on disk is `content`, and the document is in it up to `state`."""
        self.journal.set_base(Base(state, content))

    # -- who may ----------------------------------------------------------------------------------

    def heard_role(self, role: Role) -> None:
        """The service, or the room, says what we are."""
        if role is not self.link.role:
            self.keep(replace(self.link, role=role))
        if self.replica is not None:
            self.replica.read_only = not role.may_write

    def may_type(self, user: Any) -> bool:
        """Only the owner of this server writes in the owner's name, and only with the right to."""
        return self.link.role.may_write and getattr(user, "username", None) == self._owner

    def is_remote(self, client: int) -> bool:
        """Whether a cursor is another server's."""
        return self.network is not None and self.network.is_remote(client)

    def keep(self, link: Link) -> None:
        """Write the record, whole or not at all."""
        self.link = link
        self._record.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._record.with_suffix(".new")
        new.write_text(json.dumps(asdict(link)), encoding="utf-8")
        new.replace(self._record)

    def _typed(self, room: LiveRoom, network: Network, update: bytes, *, says: bool) -> None:
        network.typed(update, says=says)
        if self._brings_trust(update):
            # Trust is an act of one person in one browser tab; it never stays in what all share.
            asyncio.get_running_loop().call_soon(strip_trusted, room.ydoc)

    def _distrust(self, room: LiveRoom, update: bytes, contents: UpdateContents) -> None:
        """What came from somebody else never runs script here (facts: trust hole)."""
        if self._brings_trust(update, contents):
            strip_trusted(room.ydoc)

    def _brings_trust(self, update: bytes, contents: UpdateContents | None = None) -> bool:
        return self.link.type == "notebook" and self._watch.suspects(update, contents)


def read_link(text: str) -> Link:
    """Parse a record that `keep` wrote."""
    raw = json.loads(text)
    return Link(
        **{
            **raw,
            "role": Role(raw["role"]),
            "local_clients": tuple(raw["local_clients"]),
            "own_clients": tuple(raw["own_clients"]),
        }
    )


class SharedFiles:
    """All linked files of this server, by file id."""

    def __init__(self) -> None:
        self._files: dict[str, SharedFile] = {}

    def __contains__(self, file_id: str) -> bool:
        return file_id in self._files

    def __getitem__(self, file_id: str) -> SharedFile:
        return self._files[file_id]

    def __iter__(self) -> Any:
        return iter(list(self._files.values()))

    def add(self, shared: SharedFile) -> None:
        self._files[shared.link.file_id] = shared

    def remove(self, shared: SharedFile) -> None:
        self._files.pop(shared.link.file_id, None)

    def of(self, document: str) -> SharedFile | None:
        """The file that is linked to `document`."""
        return next((file for file in self if file.document == document), None)
