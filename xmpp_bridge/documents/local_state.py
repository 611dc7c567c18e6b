"""What a Doc holds for this server alone, and how it is kept from leaving.

jupyter_server_ydoc keeps a file's path, dirty flag and hash inside the shared Doc, where the browsers look for them.
They are facts of one server. So they are written under client ids which no update to others ever mentions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from typing import Any

from pycrdt import Doc, Map

from xmpp_bridge.documents.struct import read_structs
from xmpp_bridge.documents.update import Deletes, read_update
from xmpp_bridge.lib0 import Reader, write_uint

STATE = "state"


def read_local(doc: Doc[Any], key: str) -> Any:
    """What the browsers of this server read under `key`."""
    return doc.get(STATE, type=Map).get(key)


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


def without_deletes(update: bytes, clients: Collection[int]) -> bytes:
    """The same update, saying nothing of what was deleted of `clients`' history."""
    deletes = read_update(update).deletes
    kept = [delete for delete in deletes if delete.client not in clients]
    if len(kept) == len(deletes):
        return update
    reader = Reader(update)
    for _ in read_structs(reader):
        continue
    return update[: reader.position] + _write_deletes(kept)


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
