"""A file of this server that is linked to a document, from the day it is shared or joined to the day it is left."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pycrdt import Awareness, Doc

from xmpp_bridge.documents.aside import read_aside
from xmpp_bridge.documents.backlog import Unsaved
from xmpp_bridge.documents.base import Base, Pending, base_of
from xmpp_bridge.documents.earlier_saves import EarlierSaves
from xmpp_bridge.documents.genesis import genesis
from xmpp_bridge.documents.journal import Journal
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.rest import Rest, RestRecord
from xmpp_bridge.documents.trust import strip_trusted
from xmpp_bridge.documents.trust_watch import TrustWatch
from xmpp_bridge.documents.update import UpdateContents, read_update
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

    @property
    def room_id(self) -> str:
        """The name of the file's collaboration room in jupyter_server_ydoc; the same on all servers."""
        return f"{self.format}:{self.type}:{self.file_id}"


class Company(Protocol):
    """Who is in the document's room, and whose a client id is (company.py)."""

    @property
    def others(self) -> frozenset[str] | None: ...
    def is_ours(self, client: int) -> bool: ...
    def owner(self, client: int) -> str | None: ...
    def display_name(self, jid: str) -> str: ...


class LiveRoom(Protocol):
    """A linked room as the network and the record need it."""

    ydoc: Doc[Any]
    awareness: Awareness
    clients: set[Any]

    async def save(self) -> None: ...


class Network(Protocol):
    """The document's rooms on the XMPP server, for one replica."""

    @property
    def company(self) -> Company: ...
    @property
    def state(self) -> str: ...
    @property
    def trouble(self) -> BridgeError | None: ...
    @property
    def unsaved(self) -> Unsaved: ...
    def typed(self, update: bytes, *, says: bool) -> None: ...
    def is_remote(self, client: int) -> bool: ...
    async def fetch(self) -> None: ...
    async def catch_up(self) -> None: ...
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
        is_busy: Callable[[str], Awaitable[bool]],
        patience: float = 10.0,
        hides: Callable[[], bool] = lambda: False,
    ) -> None:
        self.hides = hides
        self.link = link
        self.journal = Journal(directory / "journal")
        self.room: LiveRoom | None = None
        self.replica: Replica | None = None
        self.network: Network | None = None
        self.write_file = write_file
        self.is_busy = is_busy
        self.last_use = -math.inf
        """When somebody last wrote the document, here or elsewhere, or asked for it here; by the monotonic clock."""
        self.catching_up = False
        """Whether it wakes only for its file, and needs no place in its rooms."""
        self._record_of_rest = RestRecord(directory / "rest.json")
        self._settling: Rest | None = None
        self.steady = False
        """Whether nothing has come, been typed or been asked for since this was set."""
        self._owner = owner
        self._record = directory / "link.json"
        self._connect = connect
        self._patience = patience
        self._running: asyncio.Task[None] | None = None
        self._watch = TrustWatch()
        self._earlier = EarlierSaves(link.type)

    @property
    def document(self) -> DocumentId:
        return self.link.document

    def base_of(self, on_disk: Any) -> Base | None:
        """From which save of the document the file became what it is; None if from none."""
        return base_of(on_disk, self.journal.base, self.journal.pending(), self.link.type)

    def brought_forward(self, on_disk: Any, base: Base) -> Any:
        """What were on disk if whoever wrote it had read the last save."""
        return self._earlier.brought_forward(on_disk, base.content)

    # -- the memory of a replica ------------------------------------------------------------------

    @property
    def own_clients(self) -> frozenset[int]:
        return frozenset(self.link.own_clients)

    @property
    def local_clients(self) -> frozenset[int]:
        return frozenset(self.link.local_clients)

    def append(self, update: bytes) -> None:
        """Keep an update before anybody else hears of it."""
        self.steady = False
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
        self._record_of_rest.forget()
        self._settling = None
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
            await asyncio.to_thread(self._watch.suspects, self.replica.snapshot())
            if len(kept) >= COMPACT_FROM:
                self.journal.compact(self.replica.whole())
            return False
        if self.link.creator:
            first = await asyncio.to_thread(genesis, on_disk, self.link.type)
            await read_aside(first)
            self.replica.type(first)
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
        if not self.catching_up:
            self.enter()

    def enter(self) -> None:
        """Hold a place in the document's rooms for as long as it is open."""
        self.catching_up = False
        if self.network is not None and self._running is None:
            self._running = asyncio.create_task(self.network.run())

    async def withdraw(self) -> None:
        """Leave the document's rooms; it stays open."""
        await ended(self._running)
        self._running = None

    async def closed(self) -> None:
        """The room is gone; the journal has everything."""
        await self.withdraw()
        replica, rest = self.replica, self._settling
        if replica is not None:
            replica.close()
        self.room = self.replica = self.network = self._settling = None
        if rest is not None and replica is not None and self.steady:
            await asyncio.to_thread(self._fall_asleep, rest, replica.whole())
        self.journal.flush()
        self.journal.release()

    # -- sleep ------------------------------------------------------------------------------------

    @property
    def rest(self) -> Rest | None:
        """As what it fell asleep, while it sleeps."""
        return self._record_of_rest.rest

    @property
    def can_begin(self) -> bool:
        """Whether it can be opened without anybody's help."""
        return self.link.creator or not self.journal.is_empty

    def used(self) -> None:
        """Somebody has written it, or wants it."""
        self.last_use = time.monotonic()
        self.steady = False

    def settle(self, rest: Rest) -> None:
        """When the room closes next, it falls asleep as this, unless something happens before."""
        self._settling = rest

    def _fall_asleep(self, rest: Rest, whole: bytes) -> None:
        """The record comes last: whoever is killed before wakes, and compares; so does who has no space for it."""
        try:
            if self.journal.entries > 1:
                self.journal.compact(whole)
            self.journal.flush()
            self._record_of_rest.keep(rest)
        except OSError as error:
            log.warning("no record of rest: document=%s reason=%s", self.document, error)

    # -- the file ---------------------------------------------------------------------------------

    def saving(self, state: bytes, content: Any, before: Any) -> None:
        """The file, which is `before`, is about to become `content`."""
        replaced = before if self.journal.base is None else None
        self.journal.set_pending(Pending(Base(state, content), replaced))

    def saved(self, state: bytes, content: Any) -> None:
        """The file on disk is `content`, and the document is in it up to `state`."""
        if self.journal.base is not None:
            self._earlier.add(self.journal.base.content)
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
        self.used()
        network.typed(update, says=says)
        if self._brings_trust(update, read_update(update)):
            # Trust is an act of one person in one browser tab; it never stays in what all share.
            asyncio.get_running_loop().call_soon(strip_trusted, room.ydoc)

    def _distrust(self, room: LiveRoom, update: bytes, contents: UpdateContents) -> None:
        """What came from somebody else never runs script here (facts: trust hole)."""
        if self._brings_trust(update, contents):
            strip_trusted(room.ydoc)

    def _brings_trust(self, update: bytes, contents: UpdateContents) -> bool:
        return self.link.type == "notebook" and self._watch.suspects(update, contents)


def read_link(text: str) -> Link:
    """Parse a record that `keep` wrote."""
    raw = json.loads(text)
    clients = {key: tuple(raw[key]) for key in ("local_clients", "own_clients")}
    return Link(**{**raw, "role": Role(raw["role"]), **clients})
