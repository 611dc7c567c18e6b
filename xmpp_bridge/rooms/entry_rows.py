"""Steps inside a transaction which changes why people are in a room, and what that comes to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms import parting_store, recorded, rows
from xmpp_bridge.rooms.entry import EntryKind, Restriction, Settled
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role, role_of
from xmpp_bridge.rooms.tables import documents, entries, hub_group_members, members, restrictions
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError


@dataclass(frozen=True)
class Entry:
    """A reason to be in; a share may be one person's or a whole group's."""

    kind: EntryKind
    role: Role
    account_id: int | None = None
    group: str | None = None
    link: str | None = None
    by: int | None = None
    seen: bool = False


async def put(connection: AsyncConnection, room_id: RoomId, entry: Entry, at: datetime) -> None:
    """Let somebody in for this reason, with this role; whatever role it gave before."""
    same = _same(room_id, entry)
    changed = await connection.execute(update(entries).where(same).values(role=entry.role))
    if not changed.rowcount:
        await connection.execute(
            insert(entries).values(
                room_id=room_id,
                kind=entry.kind,
                account_id=entry.account_id,
                group_name=entry.group,
                link_id=entry.link,
                role=entry.role,
                created_by=entry.by,
                created_at=at,
                seen_at=at if entry.seen else None,
            )
        )


async def put_person(
    connection: AsyncConnection,
    room_id: RoomId,
    account_id: int,
    role: Role,
    at: datetime,
    by: int | None = None,
) -> None:
    """Give somebody whom the hub knows this role by name, in place of any that a link or a share gave them."""
    await demand_welcome(connection, room_id, account_id, at)
    others = (EntryKind.LINK, EntryKind.SHARE)
    await drop(connection, room_id, entries.c.account_id == account_id, entries.c.kind.in_(others))
    own = by is None or by == account_id
    entry = Entry(EntryKind.PERSON, role, account_id, by=by, seen=own)
    await put(connection, room_id, entry, at)


async def drop(
    connection: AsyncConnection, room_id: RoomId, *conditions: ColumnElement[bool]
) -> int:
    """Take back these reasons, and say how many there were."""
    taken = await connection.execute(
        delete(entries).where(entries.c.room_id == room_id, *conditions)
    )
    return int(taken.rowcount)


async def demand_welcome(
    connection: AsyncConnection, room_id: RoomId, account_id: int, at: datetime
) -> None:
    """Refuse whom the hub does not know any more, and who is banned."""
    person = select(accounts.c.id).where(
        accounts.c.id == account_id, accounts.c.disabled_at.is_(None)
    )
    if (await connection.execute(person)).first() is None:
        raise NotFoundError("no such person")
    if account_id in await banned(connection, room_id, at):
        raise ForbiddenError(
            "Whoever is banned from a room is let in only when an owner lifts the ban."
        )


async def banned(connection: AsyncConnection, room_id: RoomId, at: datetime) -> frozenset[int]:
    """Who may not come in now, for whatever reason they would."""
    query = select(restrictions.c.account_id).where(
        restrictions.c.room_id == room_id,
        restrictions.c.kind == Restriction.BAN,
        or_(restrictions.c.until.is_(None), restrictions.c.until > at),
    )
    return frozenset((await connection.execute(query)).scalars())


async def role_now(connection: AsyncConnection, room_id: RoomId, account_id: int) -> Role | None:
    """What somebody is in the room as it was settled last."""
    mine = (members.c.room_id == room_id) & (members.c.account_id == account_id)
    role: Role | None = (await connection.execute(select(members.c.role).where(mine))).scalar()
    return role


async def settle(connection: AsyncConnection, room_id: RoomId, at: datetime) -> Settled:
    """Write down what all reasons come to, and record it; whoever falls out takes every password with them.

    Who was in a MUC room before can come back with the old one, even when outcast.
    """
    query = select(members.c.account_id, members.c.role).where(members.c.room_id == room_id)
    before: dict[int, Role] = {row.account_id: row.role for row in await connection.execute(query)}
    after = await _wanted(connection, room_id, at)
    await _write(connection, room_id, before, after)
    await recorded.members_changed(connection, at, room_id, before, after)
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    await parting_store.note(connection, room_id, gone, come, at)
    rotated = []
    if gone:
        rotated = await rows.rotate_passwords(connection, documents.c.room_id == room_id)
    return Settled(room_id, before, after, rotated)


async def _wanted(connection: AsyncConnection, room_id: RoomId, at: datetime) -> dict[int, Role]:
    by_person = select(entries.c.account_id, entries.c.role).where(
        entries.c.room_id == room_id, entries.c.account_id.is_not(None)
    )
    by_group = (
        select(hub_group_members.c.account_id, entries.c.role)
        .join(entries, entries.c.group_name == hub_group_members.c.group_name)
        .where(entries.c.room_id == room_id)
    )
    found: defaultdict[int, list[Role]] = defaultdict(list)
    for query in (by_person, by_group):
        for account_id, role in await connection.execute(query):
            found[account_id].append(role)
    out = await banned(connection, room_id, at)
    roles = {each: role_of(several) for each, several in found.items() if each not in out}
    return {each: role for each, role in roles.items() if role is not None}


async def _write(
    connection: AsyncConnection, room_id: RoomId, before: dict[int, Role], after: dict[int, Role]
) -> None:
    mine = (members.c.room_id == room_id) & (members.c.account_id == bindparam("who"))
    gone = [{"who": each} for each in before.keys() - after.keys()]
    if gone:
        await connection.execute(delete(members).where(mine), gone)
    other = [
        {"who": each, "now": after[each]}
        for each in before.keys() & after.keys()
        if before[each] is not after[each]
    ]
    if other:
        await connection.execute(update(members).where(mine).values(role=bindparam("now")), other)
    new = [
        {"room_id": room_id, "account_id": each, "role": after[each]}
        for each in after.keys() - before.keys()
    ]
    if new:
        await connection.execute(insert(members), new)


def _same(room_id: RoomId, entry: Entry) -> ColumnElement[bool]:
    return (
        (entries.c.room_id == room_id)
        & (entries.c.kind == entry.kind)
        & entries.c.account_id.is_not_distinct_from(entry.account_id)
        & entries.c.group_name.is_not_distinct_from(entry.group)
        & entries.c.link_id.is_not_distinct_from(entry.link)
    )
