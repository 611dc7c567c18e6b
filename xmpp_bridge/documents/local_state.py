"""What a Doc holds for this server alone, and how it is kept from leaving.

jupyter_server_ydoc keeps a file's path, dirty flag and hash inside the shared Doc, where the browsers look for them.
They are facts of one server. So they are written under client ids which no update to others ever mentions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby
from typing import Any

from pycrdt import Doc, Map

from xmpp_bridge.documents.struct import Kind, Struct, locate_structs
from xmpp_bridge.documents.update import Deletes, UpdateContents, read_update
from xmpp_bridge.lib0 import Reader, write_uint

STATE = "state"
LOCAL_KEYS = frozenset({"path", "dirty", "hash", "runners"})


def read_local(doc: Doc[Any]) -> dict[str, Any]:
    """What the browsers of this server read there."""
    return doc.get(STATE, type=Map).to_py() or {}


def write_local(doc: Doc[Any], client: int, state: Mapping[str, Any]) -> None:
    """Write `state` into `doc` as `client`, after whatever anybody else wrote there."""
    writer: Doc[Any] = Doc(client_id=client)
    writer.apply_update(doc.get_update())
    before = writer.get_state()
    target = writer.get(STATE, type=Map)
    with writer.transaction():
        for key, value in state.items():
            target[key] = value
    doc.apply_update(writer.get_update(before))


class LocalHistory:
    """Knows which parts of one Doc's history are local state, and takes them out of what leaves.

    Browsers write there too: JupyterLab says `dirty` with every change, under the tab's own client id, and its struct
    hangs on the one which the server wrote last. Nobody else could ever integrate that, nor anything the tab writes
    later. So what leaves has a GC in its place: a struct that says nothing, hangs on nothing, and keeps the clock.
    """

    def __init__(self) -> None:
        self._clocks: dict[int, set[int]] = {}

    def without(
        self,
        update: bytes,
        local_clients: Collection[int],
        deletes: Sequence[Deletes] | None = None,
    ) -> tuple[bytes, bool]:
        """What of `update` is for others, and whether it says anything; nothing in it is by `local_clients`.

        `deletes` is what it deletes, if somebody has read that already.
        """
        reader = Reader(update)
        structs = [(start, reader.position, struct) for start, struct in locate_structs(reader)]
        end = reader.position
        self._learn([struct for _, _, struct in structs], local_clients)
        pieces, at, says = [], 0, False
        for start, stop, struct in structs:
            if struct.kind == Kind.GC:
                continue
            if not self._is_local(struct.client, struct.clock):
                says = True
                continue
            pieces += [update[at:start], bytes([Kind.GC]), write_uint(struct.length)]
            at = stop
        deletes = read_update(update).deletes if deletes is None else deletes
        kept = [each for each in deletes if not self._is_deleted_state(each, local_clients)]
        if at == 0 and len(kept) == len(deletes):
            return update, says or bool(kept)
        return b"".join((*pieces, update[at:end], _write_deletes(kept))), says or bool(kept)

    def may_change(self, contents: UpdateContents, local_clients: AbstractSet[int]) -> bool:
        """Whether an update might write local state. To set a key it must name its map, or hang on what is there."""
        touched = contents.leans_on.keys() | {delete.client for delete in contents.deletes}
        return (
            STATE in contents.roots
            or not touched.isdisjoint(local_clients)
            or not touched.isdisjoint(self._clocks)
        )

    def _learn(self, structs: Sequence[Struct], local_clients: Collection[int]) -> None:
        """Note what is local state; in a whole document a struct may come before the one it hangs on."""
        unknown = [struct for struct in structs if struct.kind not in (Kind.GC, Kind.SKIP)]
        while True:
            found = [struct for struct in unknown if self._hangs_there(struct, local_clients)]
            if not found:
                return
            for struct in found:
                self._clocks.setdefault(struct.client, set()).add(struct.clock)
            unknown = [
                struct for struct in unknown if not self._is_local(struct.client, struct.clock)
            ]

    def _hangs_there(self, struct: Struct, local_clients: Collection[int]) -> bool:
        if struct.parent == STATE:
            return struct.key in LOCAL_KEYS
        return any(
            link is not None and (link[0] in local_clients or self._is_local(*link))
            for link in (struct.origin, struct.right_origin)
        )

    def _is_local(self, client: int, clock: int) -> bool:
        clocks = self._clocks.get(client)
        return clocks is not None and clock in clocks

    def _is_deleted_state(self, deleted: Deletes, local_clients: Collection[int]) -> bool:
        client, start, end = deleted
        if client in local_clients:
            return True
        clocks = self._clocks.get(client)
        return clocks is not None and all(clock in clocks for clock in range(start, end))


def _write_deletes(deletes: Iterable[Deletes]) -> bytes:
    by_client = [
        (client, list(ranges)) for client, ranges in groupby(deletes, lambda delete: delete.client)
    ]
    return write_uint(len(by_client)) + b"".join(
        write_uint(client)
        + write_uint(len(ranges))
        + b"".join(write_uint(start) + write_uint(end - start) for _, start, end in ranges)
        for client, ranges in by_client
    )
