"""What changes in rooms, for the record; in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.recording import record
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document


async def room_changed(
    connection: AsyncConnection, at: datetime, action: str, room: RoomId, **content: Any
) -> None:
    await record(connection, [Event(Kind.ROOM, action, at, room=room, content=content)])


async def members_changed(
    connection: AsyncConnection,
    at: datetime,
    room: RoomId,
    before: Mapping[int, Role],
    after: Mapping[int, Role],
) -> None:
    """Who may read the room from now on, what else they may do, and who is out."""
    given = [
        Event(Kind.MEMBERSHIP, "set", at, about=each, room=room, content={"role": str(role)})
        for each, role in after.items()
        if before.get(each) is not role
    ]
    taken = [
        Event(Kind.MEMBERSHIP, "removed", at, about=each, room=room)
        for each in before.keys() - after.keys()
    ]
    await record(connection, given + taken)


async def link_changed(
    connection: AsyncConnection, at: datetime, action: str, room: RoomId, link: str, **content: Any
) -> None:
    """What a link lets people do from now on, who has come by it, or that it is over; never its address."""
    await record(
        connection, [Event(Kind.LINK, action, at, room=room, content={"link": link, **content})]
    )


async def reason_changed(
    connection: AsyncConnection,
    at: datetime,
    action: str,
    room: RoomId,
    about: int | None = None,
    **content: Any,
) -> None:
    """Why somebody or a whole group is in, may not come in, or may not speak."""
    event = Event(Kind.MEMBERSHIP, action, at, about=about, room=room, content=content)
    await record(connection, [event])


async def lock_changed(
    connection: AsyncConnection, at: datetime, action: str, document: str, **content: Any
) -> None:
    await record(connection, [Event(Kind.DOCUMENT, action, at, document=document, content=content)])


async def documents_changed(
    connection: AsyncConnection, at: datetime, action: str, documents: Iterable[Document]
) -> None:
    await record(
        connection,
        [
            Event(
                Kind.DOCUMENT,
                action,
                at,
                room=each.room_id,
                document=each.id,
                content={"name": each.name, "type": str(each.type), "format": str(each.format)},
                words=each.name,
            )
            for each in documents
        ],
    )
