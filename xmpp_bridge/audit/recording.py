"""What happens is written down in the transaction in which it happens: both are durable, or neither."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.audit.acting import acting
from xmpp_bridge.audit.event import Event, seal
from xmpp_bridge.audit.tables import queue
from xmpp_bridge.storage.engine import writing
from xmpp_bridge.storage.many_rows import ManyRows

_UNRECORDED: Final = "xmpp_bridge_unrecorded"


class _Row(NamedTuple):
    """Of the queue; the names are those of its columns."""

    at: datetime
    kind: str
    action: str
    account_id: int | None
    about_id: int | None
    room_id: str | None
    document_id: str | None
    content_hash: bytes
    salt: bytes
    content: bytes
    blob: bytes | None
    words: str | None


_INSERT: Final = ManyRows(insert(queue), _Row._fields)


def unrecorded(engine: AsyncEngine) -> AsyncEngine:
    """The same database, for those who want no record of what is written through it."""
    return engine.execution_options(**{_UNRECORDED: True})


async def record(connection: AsyncConnection, events: Iterable[Event]) -> None:
    """Have these in the record if the transaction is committed; who did it is whoever is `acting`, unless it says."""
    sync = connection.sync_connection
    if sync is not None and sync.get_execution_options().get(_UNRECORDED):
        return
    rows = [_row(event) for event in events]
    if rows:
        await _INSERT.execute(connection, rows)


async def record_alone(engine: AsyncEngine, *events: Event) -> None:
    """Have these in the record for good: nothing else is written."""
    async with writing(engine) as connection:
        await record(connection, events)


def _row(event: Event) -> _Row:
    sealed = seal(event.content)
    return _Row(
        # The record's own clock, where nobody says: no caller can forget to, or say something else.
        event.at or datetime.now(UTC),
        event.kind,
        event.action,
        acting.get() if event.account is None else event.account,
        event.about,
        event.room,
        event.document,
        sealed.hash,
        sealed.salt,
        sealed.content,
        event.blob,
        event.words,
    )
