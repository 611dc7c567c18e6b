"""Links, and who has come by them: each verb one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.accounts.store import Account, account_of
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.rooms import entry_rows, recorded, rows
from xmpp_bridge.rooms.entry import EntryKind, Settled
from xmpp_bridge.rooms.entry_rows import Entry
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.links import Link, LinkId, LinkWish, hash_of, new_link_id, token_of
from xmpp_bridge.rooms.room import Document
from xmpp_bridge.rooms.tables import documents, entries, hub_group_members, links
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import NotFoundError
from xmpp_bridge.xmpp.stream import Secret

GONE = "There is no such link, or its room is gone."


class LinkStore:
    """The database holds hashes; the key that makes an address again is in the service's folder."""

    def __init__(self, engine: AsyncEngine, key: bytes, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._key = key
        self.now = now

    def token(self, link: Link) -> Secret:
        """What its owner may copy once more."""
        return token_of(self._key, link.id)

    async def create(self, room_id: RoomId, wish: LinkWish, by: Account) -> Link:
        """A link into the room, and to one of its documents if the wish names one."""
        link = Link(new_link_id(), room_id, wish, 0, None, by, self.now())
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            if wish.document is not None:
                await _demand_document(connection, room_id, wish.document)
            await connection.execute(
                insert(links).values(
                    id=link.id,
                    room_id=room_id,
                    token_hash=hash_of(str(self.token(link))),
                    label=wish.label,
                    role=wish.role,
                    group_name=wish.group,
                    document_id=wish.document,
                    most_uses=wish.most_uses,
                    uses=0,
                    expires_at=wish.expires_at,
                    created_by=by.id,
                    created_at=link.created_at,
                )
            )
            await recorded.link_changed(
                connection,
                link.created_at,
                "made",
                room_id,
                link.id,
                role=str(wish.role),
                group=wish.group,
                document=wish.document,
                most_uses=wish.most_uses,
                expires_at=wish.expires_at and wish.expires_at.isoformat(),
            )
        return link

    async def of_room(self, room_id: RoomId) -> list[Link]:
        """Every link there ever was, newest first."""
        query = _select_links().where(links.c.room_id == room_id)
        async with reading(self._engine) as connection:
            return [_link_of(row) for row in await connection.execute(query)]

    async def named(self, token: str) -> Link:
        """The link with this in its address."""
        async with reading(self._engine) as connection:
            link = await _named(connection, token)
            if (await connection.execute(rows.select_room(link.room_id))).first() is None:
                raise NotFoundError(GONE)
        return link

    async def groups_of(self, account_id: int) -> frozenset[str]:
        """In which hub groups this person is, as far as the hub has told."""
        async with reading(self._engine) as connection:
            return await _groups_of(connection, account_id)

    async def demand_welcome(self, link: Link, account_id: int) -> None:
        """Refuse who is banned from its room."""
        async with reading(self._engine) as connection:
            await entry_rows.demand_welcome(connection, link.room_id, account_id, self.now())

    async def document_of(self, link: Link) -> Document | None:
        """What opens for whoever comes, unless it has been removed."""
        if link.wish.document is None:
            return None
        query = rows.select_documents(documents.c.id == link.wish.document)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else rows.document_of(row)

    async def accept(self, token: str, account_id: int) -> tuple[Link, Settled]:
        """Let this person in, and count a use if that gives them anything; all of it, or a refusal."""
        at = self.now()
        async with writing(self._engine) as connection:
            room_id = (await _named(connection, token)).room_id
            await rows.lock_room(connection, room_id)
            link = await _named(connection, token)  # As it is now that nobody else changes it.
            await entry_rows.demand_welcome(connection, room_id, account_id, at)
            has = await entry_rows.role_now(connection, room_id, account_id)
            if has is None or not has.includes(link.wish.role):
                link.demand_open(await _groups_of(connection, account_id), at)
                await connection.execute(
                    update(links).where(links.c.id == link.id).values(uses=link.uses + 1)
                )
                entry = Entry(EntryKind.LINK, link.wish.role, account_id, link=link.id, seen=True)
                await entry_rows.put(connection, room_id, entry, at)
                await recorded.link_changed(
                    connection, at, "used", room_id, link.id, account=account_id
                )
            return link, await entry_rows.settle(connection, room_id, at)

    async def revoke(self, room_id: RoomId, link: str, *, people: bool) -> Settled:
        """Let nobody in by it any more; with `people`, who has come by it loses that reason to be in."""
        at = self.now()
        async with writing(self._engine) as connection:
            await rows.lock_room(connection, room_id)
            owners = await rows.owners(connection, room_id)
            mine = (links.c.id == link) & (links.c.room_id == room_id)
            if (await connection.execute(select(links.c.id).where(mine))).first() is None:
                raise NotFoundError("no such link in this room")
            await connection.execute(
                update(links).where(mine, links.c.revoked_at.is_(None)).values(revoked_at=at)
            )
            await recorded.link_changed(connection, at, "revoked", room_id, link, people=people)
            if people:
                await entry_rows.drop(connection, room_id, entries.c.link_id == link)
            settled = await entry_rows.settle(connection, room_id, at)
            await rows.keep_owned(connection, room_id, owners)
        return settled


def _select_links() -> Select[Any]:
    return (
        select(accounts, *(column.label(f"link_{column.name}") for column in links.c))
        .join(links, links.c.created_by == accounts.c.id)
        .order_by(links.c.created_at.desc(), links.c.id)
    )


async def _named(connection: AsyncConnection, token: str) -> Link:
    query = _select_links().where(links.c.token_hash == hash_of(token))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError(GONE)
    return _link_of(row)


async def _groups_of(connection: AsyncConnection, account_id: int) -> frozenset[str]:
    query = select(hub_group_members.c.group_name).where(
        hub_group_members.c.account_id == account_id
    )
    return frozenset((await connection.execute(query)).scalars())


async def _demand_document(
    connection: AsyncConnection, room_id: RoomId, document: DocumentId
) -> None:
    mine = (documents.c.id == document) & (documents.c.room_id == room_id)
    if (await connection.execute(rows.select_documents(mine))).first() is None:
        raise NotFoundError("no such document in this room")


def _link_of(row: Row[Any]) -> Link:
    wish = LinkWish(
        role=row.link_role,
        label=row.link_label,
        group=row.link_group_name,
        document=row.link_document_id,
        most_uses=row.link_most_uses,
        expires_at=row.link_expires_at,
    )
    return Link(
        LinkId(row.link_id),
        row.link_room_id,
        wish,
        row.link_uses,
        row.link_revoked_at,
        account_of(row),
        row.link_created_at,
    )
