"""Who may do what with which documents at one moment, for many of both at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.accounts.store import Account, account_of
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms import rows
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role, role_of
from xmpp_bridge.rooms.room import Document
from xmpp_bridge.rooms.tables import documents, locks, members, rooms
from xmpp_bridge.storage.engine import reading


@dataclass(frozen=True)
class Standing:
    """What the database says of some documents and of some people."""

    documents: Mapping[DocumentId, Document]
    """Those which there are."""
    accounts: Mapping[str, Account]
    """By localpart, enabled or not."""
    roles: Mapping[tuple[DocumentId, int], Role]
    """By document and account; whom it does not exist for is not here, and where it is locked all are viewers."""


Pairs = Collection[tuple[DocumentId, str]]
"""Documents, and the localparts of those who want something of them."""


async def standing(engine: AsyncEngine, wanted: Pairs) -> Standing:
    """Three queries in one transaction, however many there are."""
    async with reading(engine) as connection:
        query = select(accounts).where(accounts.c.localpart.in_({who for _, who in wanted}))
        people = {row.localpart: account_of(row) for row in await connection.execute(query)}
        there = {
            row.id: (rows.document_of(row), row.locked_at is not None)
            for row in await connection.execute(_select({document for document, _ in wanted}))
        }
        known = {document: each for document, (each, _) in there.items()}
        asked = [
            (document, people[who].id)
            for document, who in wanted
            if document in known and who in people
        ]
        roles = await _roles(connection, {(known[each].room_id, who) for each, who in asked})
    return Standing(
        known,
        people,
        {
            (document, who): Role.VIEWER if there[document][1] else role
            for document, who in asked
            if (role := roles.get((known[document].room_id, who))) is not None
        },
    )


def _select(wanted: Collection[DocumentId]) -> Select[Any]:
    return (
        rows.select_documents(documents.c.id.in_(wanted))
        .add_columns(locks.c.at.label("locked_at"))
        .outerjoin(locks, locks.c.document_id == documents.c.id)
    )


async def _roles(
    connection: AsyncConnection, wanted: Collection[tuple[str, int]]
) -> dict[tuple[str, int], Role]:
    query = (
        select(members.c.room_id, members.c.account_id, members.c.role)
        .join(rooms, rooms.c.id == members.c.room_id)
        .join(accounts, accounts.c.id == members.c.account_id)
        .where(
            tuple_(members.c.room_id, members.c.account_id).in_(wanted),
            rooms.c.removed_at.is_(None),
            accounts.c.disabled_at.is_(None),
        )
    )
    found: dict[tuple[str, int], list[Role]] = {}
    for row in await connection.execute(query):
        found.setdefault((row.room_id, row.account_id), []).append(row.role)
    return {pair: role for pair, several in found.items() if (role := role_of(several))}
