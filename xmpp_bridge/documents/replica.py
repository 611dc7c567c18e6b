"""A document's Doc on this server: tells what was typed here from what arrived.

Three kinds of writing meet in one Doc. What *arrived* came from the room and is kept. What was *typed* here, by a
browser, a kernel or a merge of the file, is kept and sent. What is *local* (path, dirty, hash) belongs to this server's
file alone: it is written under client ids of its own and never leaves. Nobody else reads an origin.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol, cast

from pycrdt import Doc, Subscription, TransactionEvent

from xmpp_bridge.documents.local_state import LocalHistory, read_local, write_local
from xmpp_bridge.documents.struct import Kind
from xmpp_bridge.documents.update import (
    EMPTY_UPDATE,
    UpdateContents,
    brings_news,
    missing,
    read_state_vector,
    read_update,
    with_deletes,
    without_clients,
    write_state_vector,
)
from xmpp_bridge.xmpp.errors import BadPayloadError

log = logging.getLogger(__name__)

ARRIVED = "xmpp-bridge: arrived"


class Transacted(Protocol):
    """COMPAT(pycrdt 0.14): its stub of TransactionEvent names only `update`."""

    @property
    def update(self) -> bytes: ...
    @property
    def transaction(self) -> Any: ...


class BusyError(RuntimeError):
    """Somebody holds a transaction of the Doc open; try again when the event loop has turned."""


class Memory(Protocol):
    """What a replica must not forget over a restart."""

    def append(self, update: bytes) -> None:
        """Keep what was typed or arrived."""
        ...

    def own(self, client: int) -> None:
        """Remember, before its first update is kept, that this client id types here."""
        ...

    def disown(self, clients: Collection[int]) -> None:
        """These turned out to be somebody else's."""
        ...

    @property
    def own_clients(self) -> frozenset[int]: ...

    @property
    def local_clients(self) -> frozenset[int]:
        """Client ids of all servers' lives so far under which local state was written."""
        ...


class Replica:
    """One Doc. Everything that leaves it is free of local state."""

    def __init__(
        self,
        doc: Doc[Any],
        local_client: int,
        memory: Memory,
        on_typed: Callable[[bytes, bool], None],
        guard: Callable[[bytes, UpdateContents], None] = lambda _update, _contents: None,
    ) -> None:
        """`guard` runs inside the transaction of each update that arrives, and may write.

        `on_typed` is told with an update whether it says anything; one that does not only keeps a clock.
        """
        self.doc = doc
        self._local_client = local_client
        self._memory = memory
        self._on_typed = on_typed
        self._guard = guard
        self._local_state: dict[str, Any] = {}
        self._local_history = LocalHistory()
        self._arriving = EMPTY_UPDATE, read_update(EMPTY_UPDATE)
        self._ahead = EMPTY_UPDATE
        """What was sent before the Doc took it."""
        self._hidden = False
        self._others: frozenset[int] = frozenset()
        self._known = self._read_known()
        self.show: Callable[[bytes], None] = lambda _update: None
        """What else is told of everything that happens in the Doc, local state and all: the browsers of this server."""
        self.hide: Callable[[], bool] = lambda: False
        """What else deletes within the transaction of what arrives, so that no browser sees it; whether it did."""
        self.read_only = False
        """Whether what is typed here stays a private matter of this Doc, neither kept nor sent."""
        self._subscription = self._observe()

    def close(self) -> None:
        """Stop listening to the Doc."""
        self.doc.unobserve(self._subscription)

    def _observe(self) -> Subscription:
        return self.doc.observe(cast("Callable[[TransactionEvent], None]", self._on_transaction))

    @property
    def own_clients(self) -> frozenset[int]:
        """The client ids under which was typed here."""
        return self._memory.own_clients

    @property
    def clients(self) -> frozenset[int]:
        """The client ids of everybody who has written."""
        return frozenset(self._known)

    def learn_others(self, clients: Collection[int]) -> None:
        """These client ids are other people's, whoever brings their history.

        A browser that stayed open while this server lost some of it brings it back. It is not ours to send: nobody
        would take it, nor what we typed along with it.
        """
        self._others |= frozenset(clients)
        mistaken = self._memory.own_clients & self._others
        if mistaken:
            self._memory.disown(mistaken)

    def lacks(self, contents: UpdateContents) -> bool:
        """Whether something that an update needs is missing here, so that it would not integrate at once."""
        return bool(missing(contents, self._known))

    def state_vector(self) -> bytes:
        """What this replica knows, without local state."""
        return write_state_vector(self._known)

    def whole(self) -> bytes:
        """Everything, as one update."""
        return self.missing({})

    def missing(self, known: Mapping[int, int]) -> bytes:
        """What somebody lacks who knows `known`."""
        local = self._memory.local_clients
        everything = read_state_vector(self.doc.get_state())
        mask = {client: everything[client] for client in local if client in everything}
        update = self.doc.get_update(write_state_vector({**known, **mask}))
        return self._local_history.without(update, local)[0]

    def snapshot(self) -> bytes:
        """Everything as it is here, local state and all; for this server's own use."""
        return self.doc.get_update()

    def own_missing(self, known: Mapping[int, int]) -> bytes:
        """The same, with nobody's structs but those that were typed here: everyone answers for their own."""
        own = self._memory.own_clients
        others = {client: clock for client, clock in self._known.items() if client not in own}
        return self.missing({**known, **others})

    def others_beyond(self, known: Mapping[int, int]) -> dict[int, int]:
        """How far what others wrote reaches here, where that is further than for somebody who knows `known`."""
        own = self._memory.own_clients
        return {
            client: clock
            for client, clock in self._known.items()
            if client not in own and clock > known.get(client, 0)
        }

    def others_missing(self, known: Mapping[int, int]) -> bytes:
        """What of others' structs somebody lacks who knows `known`, and what has been deleted."""
        return self.missing({**known, **self.own_reach()})

    def own_reach(self) -> dict[int, int]:
        """How far what was typed here reaches."""
        own = self._memory.own_clients
        return {client: clock for client, clock in self._known.items() if client in own}

    def arrive(self, update: bytes, contents: UpdateContents | None = None) -> None:
        """Take what came from the room; applying it again changes nothing. Raises BusyError or BadPayloadError.

        `contents` is what `read_update` says of it, if somebody has asked already.
        """
        contents = read_update(update) if contents is None else contents
        self._arriving = update, contents
        try:
            with self.doc.transaction(origin=ARRIVED):
                self.doc.apply_update(update)
                self._guard(update, contents)
                self._hidden = self.hide()
                if self._local_history.may_change(contents, self._memory.local_clients):
                    self._restore_local_state()
        except RuntimeError as error:
            if "Nested transactions" in str(error):
                raise BusyError from error
            raise
        except ValueError as error:
            raise BadPayloadError("Yjs cannot read the update") from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # COMPAT(pycrdt 0.14): no Exception
                raise
            raise BadPayloadError("Yjs cannot integrate the update") from error

    def load(self, updates: list[bytes]) -> None:
        """Take what the journal holds: it is kept already and was sent, or will be asked for."""
        self.doc.unobserve(self._subscription)
        try:
            with self.doc.transaction():
                for update in updates:
                    self.doc.apply_update(update)
        finally:
            self._subscription = self._observe()
        self._known = self._read_known()

    def take(self, update: bytes) -> None:
        """Take a browser's edit. It goes out before the Doc has it, where the Doc can make nothing else of it."""
        contents = read_update(update)
        if (
            not self.read_only
            and contents.clients <= self._memory.own_clients
            and brings_news(contents, self._known)
            and not self.lacks(contents)
        ):
            sent, says = self._for_others(update, contents)
            if says:
                self._on_typed(sent, says)
                self._ahead = sent
        self.doc.apply_update(update)

    def type(self, update: bytes) -> None:
        """Take what this server itself wrote on behalf of its owner, as if typed in a browser."""
        self.doc.apply_update(update)

    def set_local(self, **state: Any) -> None:
        """Write path, dirty or hash for this server's browsers only."""
        self._local_state |= state
        self._restore_local_state()

    def _read_known(self) -> dict[int, int]:
        """How far each client's history reaches here, without local state.

        From then on it is kept up to date: to ask yrs with each keystroke costs more the more people have ever written.
        """
        local = self._memory.local_clients
        vector = read_state_vector(self.doc.get_state())
        return {client: clock for client, clock in vector.items() if client not in local}

    def _restore_local_state(self) -> None:
        """Nobody else may rename our file or call it saved (facts: path hijack)."""
        seen = read_local(self.doc)
        wrong = {key: value for key, value in self._local_state.items() if seen.get(key) != value}
        if wrong:
            write_local(self.doc, self._local_client, wrong)

    def _on_transaction(self, event: Transacted) -> None:
        """Keep, send and show what a transaction brought; must not raise into whoever wrote."""
        try:
            contents = self._read(event.update)
            if contents.is_empty:
                return
            local = self._memory.local_clients
            self._note(contents, local)
            if event.transaction.origin() == hash(ARRIVED):
                self.show(event.update)  # Somebody is looking; and the room has it.
                self._keep_arrived(event, contents, local)
                return
            try:
                if not self.read_only:
                    self._keep_typed(event, contents, local)
            finally:
                self.show(event.update)
        except Exception:
            log.exception("update not kept")

    def _read(self, update: bytes) -> UpdateContents:
        arrived, contents = self._arriving
        return contents if update == arrived else read_update(update)

    def _note(self, contents: UpdateContents, local: frozenset[int]) -> None:
        """A transaction brings only what has been integrated."""
        for client, _, end in contents.structs:
            if client not in local and self._known.get(client, 0) < end:
                self._known[client] = end

    def _keep_arrived(
        self, event: Transacted, contents: UpdateContents, local: frozenset[int]
    ) -> None:
        update = event.update
        if (
            contents.clients & local
        ):  # Our own answer to it: what left another server is free of local state.
            update, _ = self._shared(event, contents, local)
        if update != EMPTY_UPDATE:
            self._memory.append(update)
        if self._hidden:
            self._on_typed(with_deletes(EMPTY_UPDATE, read_update(update).deletes), True)  # noqa: FBT003
        if self.doc.client_id in contents.clients:
            self._send_what_the_guard_wrote(event.update, contents)

    def _keep_typed(
        self, event: Transacted, contents: UpdateContents, local: frozenset[int]
    ) -> None:
        kept, says = self._shared(event, contents, local)
        if kept == EMPTY_UPDATE:
            return
        sent = kept
        if contents.clients & self._others:
            sent, says = self._shared(event, contents, local | self._others)
        for client in contents.clients - local - self._others:
            self._memory.own(client)
        # First on its way, then to the disk: whatever dies in between, it is either there or with the others.
        try:
            if sent not in (EMPTY_UPDATE, self._ahead):
                self._on_typed(sent, says)
        finally:
            self._memory.append(kept)

    def _send_what_the_guard_wrote(self, update: bytes, contents: UpdateContents) -> None:
        """A struct of ours that stayed here would be a hole in our history, and close it to everybody."""
        ours = self.doc.client_id
        self._memory.own(ours)
        self._on_typed(without_clients(update, contents, contents.clients - {ours}), True)  # noqa: FBT003

    def _shared(
        self, event: Transacted, contents: UpdateContents, hidden_clients: frozenset[int]
    ) -> tuple[bytes, bool]:
        """What of a transaction leaves without the history of some clients, and whether it says anything."""
        hidden = contents.clients & hidden_clients
        if not hidden:
            return self._for_others(event.update, contents)
        local = self._memory.local_clients
        if hidden == contents.clients and (hidden <= local or not contents.deletes):
            return EMPTY_UPDATE, False
        update = without_clients(event.update, contents, hidden)
        return self._local_history.without(update, local)

    def _for_others(self, update: bytes, contents: UpdateContents) -> tuple[bytes, bool]:
        """What of it is not local state, and whether that does more than keep a clock."""
        local = self._memory.local_clients
        if self._local_history.may_change(contents, local):
            return self._local_history.without(update, local, contents.deletes)
        return update, bool(contents.deletes or contents.kinds - {Kind.GC})
