"""Edits for the record, in the transaction that keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.recording import record
from xmpp_bridge.documents.durable_copy import DurableCopy
from xmpp_bridge.documents.entry import Entry
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId


async def record_edits(
    connection: AsyncConnection,
    kept: Mapping[int, Entry],
    copies: Mapping[DocumentId, DurableCopy],
    rooms: Mapping[DocumentId, RoomId],
    action: str = "edited",
) -> None:
    """Have each in the record, with the whole update: the durable copy folds its own some day."""
    events = []
    for row_id, entry in kept.items():
        cells = copies[entry.document].touched.pop(row_id, [])
        events.append(_event(entry, rooms[entry.document], action, cells))
    await record(connection, events)


def _event(entry: Entry, room: RoomId, action: str, cells: Sequence[str]) -> Event:
    return Event(
        Kind.EDIT,
        action,
        entry.received_at,
        account=entry.account_id,
        room=room,
        document=entry.document,
        content={
            "replica": entry.replica,
            "sequence": None if entry.sequence is None else str(entry.sequence),
            "sha256": hashlib.sha256(entry.update).hexdigest(),
            "cells": list(cells),
        },
        blob=entry.update,
        words=" ".join(cells) or None,
    )
