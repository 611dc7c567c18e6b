"""Many people and documents are looked up as each of them would be alone, and for the price of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rooms.conftest import NOON
from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.rooms.identifiers import DocumentId, new_document_id
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.moderation_store import ModerationStore
from xmpp_bridge.rooms.room import Document, DocumentFormat, DocumentType, Room
from xmpp_bridge.rooms.standing import standing
from xmpp_bridge.rooms.store import RoomStore


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """What goes to the database within the block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def letter(rooms: RoomStore, author: Account) -> DocumentId:
    """In a room of its own."""
    room = await rooms.create_room("Balcony", author.id)
    kind = DocumentType.FILE, DocumentFormat.TEXT
    return (await rooms.add_document(room.id, "letter.md", *kind, author.id)).id


async def test_each_pair_is_told_what_it_would_be_alone(
    engine: AsyncEngine, rooms: RoomStore, sonnet: Document, romeo: Account, juliet: Account
) -> None:
    hers = await letter(rooms, juliet)
    nowhere = new_document_id()
    asked = {
        (document, who)
        for document in (sonnet.id, hers, nowhere)
        for who in ("romeo", "juliet", "tybalt")
    }
    found = await standing(engine, asked)
    assert found.documents == {sonnet.id: sonnet, hers: await rooms.document(hers)}
    assert found.accounts == {"romeo": romeo, "juliet": juliet}
    assert found.roles == {
        (sonnet.id, romeo.id): Role.OWNER,
        (sonnet.id, juliet.id): Role.EDITOR,
        (hers, juliet.id): Role.OWNER,
    }
    for document, account in found.roles:
        alone = await rooms.role_in_document(document, account)
        assert found.roles[document, account] is alone


async def test_nobody_writes_where_it_is_locked_and_nobody_reads_what_is_gone(
    engine: AsyncEngine,
    rooms: RoomStore,
    accounts: AccountStore,
    orchard: Room,
    sonnet: Document,
    romeo: Account,
    juliet: Account,
) -> None:
    asked = {(sonnet.id, "romeo"), (sonnet.id, "juliet")}
    await ModerationStore(engine, lambda: NOON).lock(sonnet.id, romeo, "it is done")
    assert set((await standing(engine, asked)).roles.values()) == {Role.VIEWER}

    await accounts.disable(juliet.id, NOON)
    found = await standing(engine, asked)
    assert not found.accounts["juliet"].enabled
    assert found.roles == {(sonnet.id, romeo.id): Role.VIEWER}

    await rooms.delete_room(orchard.id)
    found = await standing(engine, asked)
    assert (found.documents, found.roles) == ({}, {})


async def test_many_cost_as_many_statements_as_one(
    engine: AsyncEngine, rooms: RoomStore, romeo: Account, juliet: Account
) -> None:
    several = [
        (await letter(rooms, who), who.localpart) for who in (romeo, juliet) for _ in range(10)
    ]
    with statements(engine) as one:
        await standing(engine, several[:1])
    with statements(engine) as many:
        found = await standing(engine, several)
    assert len(found.roles) == len(several)
    assert len(many) == len(one)


async def test_nothing_is_told_of_nobody(engine: AsyncEngine) -> None:
    found = await standing(engine, ())
    assert (found.documents, found.accounts, found.roles) == ({}, {}, {})
