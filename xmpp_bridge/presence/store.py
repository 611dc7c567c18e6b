"""How people want to be seen, and who shares rooms: each verb one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account, account_of
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.presence.circles import Person
from xmpp_bridge.presence.condition import Choice
from xmpp_bridge.presence.tables import choices, shared_places
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.tables import documents, members, rooms
from xmpp_bridge.storage.engine import reading, writing


@dataclass(frozen=True)
class Snapshot:
    """Everybody who may be here, and what they share, at one moment."""

    accounts: dict[Person, Account]
    memberships: list[tuple[RoomId, Person]]
    documents: dict[DocumentId, RoomId]
    choices: dict[Person, Choice]
    tells_place: dict[tuple[RoomId, Person], bool]


class PresenceStore:
    """A snapshot costs five queries, whatever the number of people."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def snapshot(self) -> Snapshot:
        enabled = accounts.c.disabled_at.is_(None)
        member = (
            select(members.c.room_id, accounts.c.localpart)
            .join(accounts, accounts.c.id == members.c.account_id)
            .join(rooms, rooms.c.id == members.c.room_id)
            .where(enabled, rooms.c.removed_at.is_(None))
        )
        shared = select(documents.c.id, documents.c.room_id).where(documents.c.removed_at.is_(None))
        chosen = select(accounts.c.localpart, choices.c.choice).join(
            accounts, accounts.c.id == choices.c.account_id
        )
        told = select(
            shared_places.c.room_id, accounts.c.localpart, shared_places.c.tells_place
        ).join(accounts, accounts.c.id == shared_places.c.account_id)
        async with reading(self._engine) as connection:
            people = [
                account_of(row) for row in await connection.execute(select(accounts).where(enabled))
            ]
            return Snapshot(
                {each.localpart: each for each in people},
                [(RoomId(room), person) for room, person in await connection.execute(member)],
                {row.id: row.room_id for row in await connection.execute(shared)},
                {row.localpart: row.choice for row in await connection.execute(chosen)},
                {
                    (RoomId(room), person): tells
                    for room, person, tells in await connection.execute(told)
                },
            )

    async def choose(self, account_id: int, choice: Choice) -> None:
        """From now on this person wants to be seen like that."""
        await self._put(choices, {"account_id": account_id}, {"choice": choice})

    async def tell_place(self, account_id: int, room: RoomId, *, tells: bool) -> None:
        """Whether those in a room may know what this person has open of it."""
        key = {"account_id": account_id, "room_id": room}
        await self._put(shared_places, key, {"tells_place": tells})

    async def _put(self, table: Table, key: dict[str, object], value: dict[str, object]) -> None:
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(table).values(**key, **value)
        async with writing(self._engine) as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=[*key], set_=value)
            )
