"""Whom and which groups somebody may find when they look for whom to share with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account, account_of
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms.tables import entries, hub_group_members, members, rooms
from xmpp_bridge.storage.engine import reading

MOST: Final = 20


@dataclass(frozen=True)
class GroupFound:
    """A hub group, and how many people are in it."""

    name: str
    people: int


class Directory:
    """People who share a room or a group with the asker, and groups of theirs; all there are, for whom may see all."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def people(self, asker: int, text: str, *, everybody: bool) -> list[Account]:
        """Who is called like this, best first, at most `MOST`."""
        name, shown = func.lower(accounts.c.hub_user), func.lower(accounts.c.display_name)
        wanted = text.lower()
        query = (
            select(accounts)
            .where(
                accounts.c.disabled_at.is_(None),
                accounts.c.id != asker,
                or_(
                    name.startswith(wanted, autoescape=True),
                    shown.startswith(wanted, autoescape=True),
                    shown.contains(f" {wanted}", autoescape=True),
                ),
            )
            .order_by(name != wanted, name)
            .limit(MOST)
        )
        if not everybody:
            known = _same_rooms(asker).union(_same_groups(asker))
            query = query.where(accounts.c.id.in_(known))
        async with reading(self._engine) as connection:
            return [account_of(row) for row in await connection.execute(query)]

    async def groups(self, asker: int, text: str, *, everybody: bool) -> list[GroupFound]:
        """Which groups are called like this, at most `MOST`."""
        name = func.lower(hub_group_members.c.group_name)
        query = (
            select(hub_group_members.c.group_name, func.count())
            .where(name.contains(text.lower(), autoescape=True))
            .group_by(hub_group_members.c.group_name)
            .order_by(hub_group_members.c.group_name)
            .limit(MOST)
        )
        if not everybody:
            query = query.where(hub_group_members.c.group_name.in_(_visible_groups(asker)))
        async with reading(self._engine) as connection:
            found = await connection.execute(query)
            return [GroupFound(group, int(people)) for group, people in found]

    async def may_see_group(self, asker: int, group: str) -> bool:
        """Whether the asker is in it, or in a room that lets it in."""
        query = select(_visible_groups(asker).subquery().c[0])
        async with reading(self._engine) as connection:
            return group in (await connection.execute(query)).scalars()


def _same_rooms(asker: int) -> Select[Any]:
    mine = (
        select(members.c.room_id)
        .join(rooms, rooms.c.id == members.c.room_id)
        .where(members.c.account_id == asker, rooms.c.removed_at.is_(None))
    )
    return select(members.c.account_id).where(members.c.room_id.in_(mine))


def _my_groups(asker: int) -> Select[Any]:
    return select(hub_group_members.c.group_name).where(hub_group_members.c.account_id == asker)


def _same_groups(asker: int) -> Select[Any]:
    return select(hub_group_members.c.account_id).where(
        hub_group_members.c.group_name.in_(_my_groups(asker))
    )


def _visible_groups(asker: int) -> Any:
    let_in = (
        select(entries.c.group_name)
        .join(members, members.c.room_id == entries.c.room_id)
        .join(rooms, rooms.c.id == members.c.room_id)
        .where(
            members.c.account_id == asker,
            entries.c.group_name.is_not(None),
            rooms.c.removed_at.is_(None),
        )
    )
    return _my_groups(asker).union(let_in)
