"""What was said, as it is now: read from the archive's rows within somebody's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.archive import rows
from xmpp_bridge.archive.tables import Kind, said
from xmpp_bridge.chat.spoken import Spoken, folded
from xmpp_bridge.rooms.identifiers import RoomId


def select_said(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(said, accounts.c.hub_user, accounts.c.display_name)
        .join(accounts, accounts.c.id == said.c.account_id, isouter=True)
        .where(*conditions)
    )


async def messages(
    connection: AsyncConnection,
    room: RoomId,
    *conditions: ColumnElement[bool],
    newest_first: bool = True,
    limit: int | None = None,
) -> list[Row[Any]]:
    """Rows of messages, not of what was done to them."""
    order = said.c.stanza_id.desc() if newest_first else said.c.stanza_id
    query = select_said(said.c.room_id == room, said.c.kind == Kind.MESSAGE, *conditions)
    return list(await connection.execute(query.order_by(order).limit(limit)))


async def fold(
    connection: AsyncConnection, room: RoomId, found: Sequence[Row[Any]], *, quoting: bool = True
) -> list[Spoken]:
    """The messages as they are now, with the beginning of what each of them answers."""
    spoken = [rows.spoken_of(row) for row in found]
    for row in await _events(connection, room, spoken):
        event, sender = rows.said_of(row), rows.sender_of(row)
        spoken = [folded(each, event, sender, row.said_at) for each in spoken]
    if not quoting:
        return spoken
    answered = {int(m.message.reply_to) for m in spoken if m.message.reply_to is not None}
    quoted = await messages(connection, room, said.c.stanza_id.in_(answered)) if answered else []
    quotes = {
        each.id: each.beginning for each in await fold(connection, room, quoted, quoting=False)
    }
    return [rows.with_quote(each, quotes) for each in spoken]


async def _events(
    connection: AsyncConnection, room: RoomId, spoken: Iterable[Spoken]
) -> list[Row[Any]]:
    ids = [int(message.id) for message in spoken]
    origins = [message.origin for message in spoken if message.origin is not None]
    if not ids:
        return []
    about = said.c.target.in_(ids) | said.c.original.in_(origins)
    query = select_said(said.c.room_id == room, said.c.kind != Kind.MESSAGE, about)
    return list(await connection.execute(query.order_by(said.c.stanza_id)))
