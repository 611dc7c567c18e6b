"""Destroys what somebody said: in the record, and in the chat that everybody reads, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from xmpp_bridge.archive.store import forget
from xmpp_bridge.audit.event import Kind
from xmpp_bridge.audit.tables import contents, entries
from xmpp_bridge.chat.message import StanzaId
from xmpp_bridge.rooms.identifiers import RoomId


async def out_of_the_chat(connection: AsyncConnection, positions: Sequence[int]) -> None:
    """An edit stays in its document, of which it is a part: there, somebody takes it out by another edit."""
    query = (
        select(entries.c.room_id, contents.c.content)
        .join(contents, contents.c.position == entries.c.position)
        .where(entries.c.position.in_(positions), entries.c.kind == Kind.CHAT)
    )
    for row in (await connection.execute(query)).all():
        stanza_id = StanzaId(json.loads(row.content)["stanza_id"])
        await forget(connection, RoomId(row.room_id), stanza_id)
