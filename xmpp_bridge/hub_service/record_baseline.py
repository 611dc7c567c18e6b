"""What was there before there was a record: its first entries, so that it can be read without anything else."""

from __future__ import annotations

import hashlib

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.accounts.store import account_event, account_of
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.recording import record
from xmpp_bridge.audit.sequencer import frontier_of
from xmpp_bridge.audit.tables import queue
from xmpp_bridge.documents import history_rows
from xmpp_bridge.rooms import recorded
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.room import Document
from xmpp_bridge.rooms.rows import document_of, select_documents
from xmpp_bridge.rooms.tables import guests, members, rooms
from xmpp_bridge.storage.engine import writing


async def baseline(engine: AsyncEngine) -> None:
    """Note people, rooms, members and documents as they are, if nothing was ever recorded."""
    async with writing(engine) as connection:
        began = (await frontier_of(connection)).size
        if began or (await connection.execute(select(queue.c.id).limit(1))).first():
            return
        known = await connection.execute(select(accounts).order_by(accounts.c.id))
        people = map(account_of, known)
        await record(
            connection,
            [account_event("known" if each.enabled else "disabled", each) for each in people],
        )
        await _rooms(connection)
        for row in (await connection.execute(select_documents())).all():
            await _document(connection, document_of(row))


async def _rooms(connection: AsyncConnection) -> None:
    there = select(rooms).where(rooms.c.removed_at.is_(None)).order_by(rooms.c.created_at)
    for room in (await connection.execute(there)).all():
        await recorded.room_changed(
            connection, room.created_at, "known", RoomId(room.id), name=room.name
        )
    query = select(members).join(rooms, rooms.c.id == members.c.room_id)
    query = query.where(rooms.c.removed_at.is_(None)).order_by(members.c.room_id)
    events = [
        Event(
            Kind.MEMBERSHIP,
            "known",
            about=row.account_id,
            room=row.room_id,
            content={"role": str(row.role)},
        )
        for row in await connection.execute(query)
    ]
    events += [
        Event(Kind.MEMBERSHIP, "guest-set", room=row.room_id, content={"guest": row.jid})
        for row in await connection.execute(select(guests).order_by(guests.c.room_id))
    ]
    await record(connection, events)


async def _document(connection: AsyncConnection, document: Document) -> None:
    """With all of its history as one update, from which the edits that follow go on."""
    await recorded.documents_changed(connection, document.created_at, "known", [document])
    copy = await history_rows.bring_up_to_date(connection, document.id, None, ())
    state = copy.diff()
    content = {"sha256": hashlib.sha256(state).hexdigest()}
    event = Event(
        Kind.EDIT,
        "known",
        room=document.room_id,
        document=document.id,
        content=content,
        blob=state,
    )
    await record(connection, [event])
