"""Keeps what messages are found by in step with what was said, in the transaction that keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.archive import rows
from xmpp_bridge.archive.lexemes import lexemes_of
from xmpp_bridge.archive.tables import Kind, found_by, said
from xmpp_bridge.chat.message import ChatMessage, Correction, Moderation, Retraction, Said
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.storage.engine import reading, writing

AT_ONCE: Final = 2_000

_Entry = tuple[RoomId, int, str, Said]


async def index(
    connection: AsyncConnection, room: RoomId, entries: Iterable[tuple[int, str, Said]]
) -> None:
    """Take in what was said in a room: its place, who said it, and what; in order."""
    await _index(connection, [(room, *entry) for entry in entries])


async def _index(connection: AsyncConnection, entries: Sequence[_Entry]) -> None:
    """The same for what was said in several rooms; nothing comes before what it is about."""
    new = [
        {"id": place, "room_id": room, "lexemes": lexemes_of(room, sender, message)}
        for room, place, sender, message in entries
        if isinstance(message, ChatMessage)
    ]
    if new:
        await connection.execute(insert(found_by), new)
    for room, _, sender, event in entries:
        await _change(connection, room, sender, event)


async def _change(connection: AsyncConnection, room: RoomId, sender: str, event: Said) -> None:
    about: ColumnElement[bool]
    match event:
        case Correction(original):
            about = (said.c.origin_id == original) & (said.c.sender == sender)
        case Retraction(target):
            named = (
                said.c.stanza_id == int(target)
                if target.isdecimal()
                else said.c.origin_id == target
            )
            about = named & (said.c.sender == sender)
        case Moderation(target):
            about = said.c.stanza_id == int(target)
        case _:
            return
    query = select(said).where(said.c.room_id == room, said.c.kind == Kind.MESSAGE, about)
    for row in await connection.execute(query):
        this = found_by.c.id == row.id
        message = rows.said_of(row)
        if isinstance(event, Correction) and isinstance(message, ChatMessage):
            now = replace(message, body=event.body, mentions=event.mentions)
            lexemes = lexemes_of(room, sender, now)
            await connection.execute(update(found_by).where(this).values(lexemes=lexemes))
        else:
            await connection.execute(delete(found_by).where(this))


async def index_all(engine: AsyncEngine) -> int:
    """Take in everything said if nothing was yet: an archive older than the index. Returns how much there was."""
    async with reading(engine) as connection:
        anything = (await connection.execute(select(exists(select(found_by.c.id))))).scalar_one()
    if anything:
        return 0
    taken, last = 0, -1
    async with writing(engine) as connection:
        while True:
            # In the order of all rooms, which is that of each: whatever else would sort everything each time.
            query = select(said).where(said.c.id > last).order_by(said.c.id).limit(AT_ONCE)
            found = (await connection.execute(query)).all()
            if not found:
                return taken
            entries = [
                (RoomId(row.room_id), row.id, row.sender, rows.said_of(row)) for row in found
            ]
            await _index(connection, entries)
            taken, last = taken + len(found), found[-1].id
