"""What was said, kept for good and read back page by page: each verb one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.archive import rows
from xmpp_bridge.archive.indexing import index
from xmpp_bridge.archive.order import place_of
from xmpp_bridge.archive.reading import fold, messages
from xmpp_bridge.archive.tables import Kind, Notify, found_by, marks, mentions, said
from xmpp_bridge.audit import event as audited
from xmpp_bridge.audit.recording import record
from xmpp_bridge.chat.message import CellReference, OriginId, Said, StanzaId
from xmpp_bridge.chat.spoken import Spoken
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.storage.engine import reading, writing


@dataclass(frozen=True, slots=True)
class Entry:
    """Something said in a room by the real bare JID `sender`; `account_id` whose doing it is, None for a stranger."""

    room: RoomId
    stanza_id: StanzaId
    sender: str
    account_id: int | None
    at: datetime
    origin: OriginId | None
    said: Said


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, oldest first; `first` and `last` say that there is nothing older, nothing newer."""

    messages: list[Spoken]
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a person has read a room, and of what they want to be told."""

    read: StanzaId | None
    unread: int
    mentions: int
    notify: Notify


class ArchiveStore:
    """Append-only but for the marks."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def last_stanza_id(self, room: RoomId) -> StanzaId | None:
        """Where to resume reading the room's archive on the XMPP server (XEP-0313)."""
        query = select(func.max(said.c.stanza_id)).where(said.c.room_id == room)
        async with reading(self._engine) as connection:
            newest = (await connection.execute(query)).scalar_one()
        return None if newest is None else StanzaId(str(newest))

    async def append(self, entries: Sequence[Entry]) -> None:
        """Keep what was said; appending it again changes nothing."""
        async with writing(self._engine) as connection:
            for room in {entry.room for entry in entries}:
                await _append(connection, room, [each for each in entries if each.room == room])

    async def before(self, room: RoomId, stanza_id: StanzaId | None, limit: int) -> Page:
        """The newest messages, or those just before one."""
        older = [] if stanza_id is None else [said.c.stanza_id < int(stanza_id)]
        async with reading(self._engine) as connection:
            found = await messages(connection, room, *older, newest_first=True, limit=limit + 1)
            last = stanza_id is None
            spoken = await fold(connection, list(reversed(found[:limit])))
            return Page(spoken, first=len(found) <= limit, last=last)

    async def after(self, room: RoomId, stanza_id: StanzaId, limit: int) -> Page:
        """The messages just after one."""
        newer = said.c.stanza_id > int(stanza_id)
        async with reading(self._engine) as connection:
            found = await messages(connection, room, newer, newest_first=False, limit=limit + 1)
            spoken = await fold(connection, found[:limit])
            return Page(spoken, first=False, last=len(found) <= limit)

    async def around(self, room: RoomId, stanza_id: StanzaId, limit: int) -> Page:
        """A message in its context."""
        half = max(1, limit // 2)
        older = await self.before(room, StanzaId(str(int(stanza_id) + 1)), half)
        newer = await self.after(room, stanza_id, half)
        return Page([*older.messages, *newer.messages], first=older.first, last=newer.last)

    async def message(self, room: RoomId, stanza_id: StanzaId) -> Spoken | None:
        """One message as it is now."""
        async with reading(self._engine) as connection:
            found = await messages(connection, room, said.c.stanza_id == int(stanza_id))
            return next(iter(await fold(connection, found)), None)

    async def cells_told(
        self, room: RoomId, sender: str, stanza_ids: Iterable[StanzaId | None]
    ) -> dict[StanzaId, CellReference]:
        """About which cell each of these messages is, of those that `sender` said."""
        ids = [int(each) for each in stanza_ids if each is not None]
        query = select(said.c.stanza_id, said.c.details).where(
            said.c.room_id == room,
            said.c.stanza_id.in_(ids),
            said.c.sender == sender,
            said.c.kind == Kind.MESSAGE,
        )
        async with reading(self._engine) as connection:
            found = (await connection.execute(query)).all()
        return {
            StanzaId(str(row.stanza_id)): CellReference(**row.details["cell"])
            for row in found
            if row.details["cell"] is not None
        }

    async def mark(self, room: RoomId, account_id: int, jid: str) -> Mark:
        """How far this person has read; what they said themselves is never unread."""
        mine = (marks.c.room_id == room) & (marks.c.account_id == account_id)
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(marks).where(mine))).one_or_none()
            read = 0 if row is None or row.read is None else int(row.read)
            unread = _counting(
                said.c.room_id == room,
                said.c.kind == Kind.MESSAGE,
                said.c.stanza_id > read,
                said.c.sender != jid,
            )
            mentioned = _counting(
                mentions.c.room_id == room, mentions.c.jid == jid, mentions.c.stanza_id > read
            )
            return Mark(
                StanzaId(str(read)) if read else None,
                int((await connection.execute(unread)).scalar_one()),
                int((await connection.execute(mentioned)).scalar_one()),
                Notify.MENTIONS if row is None else row.notify,
            )

    async def set_mark(
        self,
        room: RoomId,
        account_id: int,
        *,
        read: StanzaId | None = None,
        notify: Notify | None = None,
    ) -> None:
        """Move the mark, which never goes back, or change of what the person is told."""
        mine = (marks.c.room_id == room) & (marks.c.account_id == account_id)
        async with writing(self._engine) as connection:
            row = (await connection.execute(select(marks).where(mine))).one_or_none()
            before = 0 if row is None or row.read is None else int(row.read)
            values = {
                "read": max(before, int(read or 0)) or None,
                "notify": notify or (Notify.MENTIONS if row is None else row.notify),
            }
            if row is None:
                owner = {"room_id": room, "account_id": account_id}
                await connection.execute(insert(marks).values(**owner, **values))
            else:
                await connection.execute(update(marks).where(mine).values(**values))


async def forget(connection: AsyncConnection, room: RoomId, stanza_id: StanzaId) -> None:
    """Destroy what was said: that something was said stays, and that is all."""
    this = (said.c.room_id == room) & (said.c.stanza_id == int(stanza_id))
    nothing: dict[str, Any] = {"reply_to": None, "mentions": [], "cell": None, "attachments": []}
    nothing |= {"emojis": [], "resolved": False, "by": "", "reason": ""}
    changed = update(said).where(this).values(body="", details=nothing).returning(said.c.id)
    ids = list((await connection.execute(changed)).scalars())
    await connection.execute(delete(found_by).where(found_by.c.id.in_(ids)))


async def _append(connection: AsyncConnection, room: RoomId, entries: Sequence[Entry]) -> None:
    ids = [int(entry.stanza_id) for entry in entries]
    known = select(said.c.stanza_id).where(said.c.room_id == room, said.c.stanza_id.in_(ids))
    held = set((await connection.execute(known)).scalars())
    new = {int(each.stanza_id): each for each in entries if int(each.stanza_id) not in held}
    if not new:
        return
    placed = await _places(connection, [new[stanza_id] for stanza_id in sorted(new)])
    columns = [rows.columns_of(entry.said) for _, entry in placed]
    await connection.execute(
        insert(said),
        [
            {
                "id": place,
                "room_id": entry.room,
                "stanza_id": int(entry.stanza_id),
                "sender": entry.sender,
                "account_id": entry.account_id,
                "said_at": entry.at,
                "origin_id": entry.origin,
                **what,
            }
            for (place, entry), what in zip(placed, columns, strict=True)
        ],
    )
    mentioned = [
        {"room_id": room, "jid": jid, "stanza_id": int(entry.stanza_id)}
        for _, entry in placed
        for jid in rows.mentioned(entry.said)
    ]
    if mentioned:
        await connection.execute(insert(mentions), mentioned)
    await index(connection, room, [(place, each.sender, each.said) for place, each in placed])
    said_by = [entry for _, entry in placed]
    await record(connection, map(_event, said_by, columns))


async def _places(connection: AsyncConnection, entries: Sequence[Entry]) -> list[tuple[int, Entry]]:
    """Where each goes in the order of all rooms; they are of one room, so no two want the same place."""
    wanted = {place_of(entry.room, entry.stanza_id): entry for entry in entries}
    query = select(said.c.stanza_id).where(said.c.id.in_(wanted))
    crowded = set((await connection.execute(query)).scalars())
    near = select(said.c.id).where(said.c.stanza_id.in_(crowded))
    taken = set((await connection.execute(near)).scalars()) if crowded else set()
    return [(place_of(entry.room, entry.stanza_id, taken), entry) for entry in wanted.values()]


def _event(entry: Entry, columns: dict[str, Any]) -> audited.Event:
    """For the record, which stays when the archive forgets."""
    details = {name: each for name, each in columns["details"].items() if each}
    cell = details.get("cell")
    return audited.Event(
        audited.Kind.CHAT,
        columns["kind"],
        entry.at,
        account=entry.account_id,
        room=entry.room,
        content={
            "stanza_id": entry.stanza_id,
            "sender": entry.sender,
            "origin": entry.origin,
            "body": columns["body"],
            "target": None if columns["target"] is None else str(columns["target"]),
            "original": columns["original"],
            "details": details,
        },
        words=" ".join(filter(None, (columns["body"], cell and cell["cell"]))) or None,
    )


def _counting(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(func.count()).where(*conditions)
