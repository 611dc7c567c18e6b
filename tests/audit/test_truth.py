"""The record and the truth are the same: five people do as they like, and everything can be made again from it."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pycrdt
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.audit.conftest import NOON, Ledger
from xmpp_bridge.accounts.store import AccountStore, HubUser
from xmpp_bridge.archive import rows
from xmpp_bridge.archive.store import ArchiveStore
from xmpp_bridge.archive.store import Entry as Said
from xmpp_bridge.archive.tables import said
from xmpp_bridge.audit.recording import unrecorded
from xmpp_bridge.chat.message import (
    ChatMessage,
    Correction,
    OriginId,
    Reaction,
    Retraction,
    StanzaId,
)
from xmpp_bridge.documents.durable_copy import DurableCopy
from xmpp_bridge.documents.entry import Entry
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.update import read_update
from xmpp_bridge.hub_service.record_baseline import baseline
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.engine import reading

PEOPLE = ("romeo", "juliet", "mercutio", "nurse", "tybalt")
DOCUMENTS = 3


class Person:
    """Somebody who types into replicas of their own and talks; what they do, they do at random."""

    def __init__(self, account: int, name: str, play: Play) -> None:
        self.account, self.name, self.play = account, name, play
        self.docs: dict[DocumentId, pycrdt.Doc[Any]] = {
            each: pycrdt.Doc() for each in play.documents
        }
        self.said: list[tuple[StanzaId, OriginId]] = []

    async def act(self, chance: random.Random) -> None:
        if chance.random() < 0.6:
            await self._edit(chance)
        else:
            await self._talk(chance)

    async def _edit(self, chance: random.Random) -> None:
        document = chance.choice(self.play.documents)
        doc = self.docs[document]
        if chance.random() < 0.3:
            doc.apply_update(await self.play.history.diff(document, doc.get_state()))
        before, text = doc.get_state(), doc.get("source", type=pycrdt.Text)
        if len(text) > 20 and chance.random() < 0.2:
            del text[2:9]
        else:
            text.insert(chance.randint(0, len(text)), f"{self.name} ")
        update = doc.get_update(before)
        self.play.tick += 1
        at = NOON + timedelta(seconds=self.play.tick)
        structs = read_update(update).structs
        entry = Entry(document, self.account, self.name, None, update, structs, at)
        await self.play.history.append([entry])

    async def _talk(self, chance: random.Random) -> None:
        self.play.tick += 1
        stanza_id = StanzaId(str(1_000_000 + self.play.tick))
        origin = OriginId(f"{self.name}-{self.play.tick}")
        kind = chance.randrange(4) if self.said else 0
        what: ChatMessage | Correction | Reaction | Retraction
        match kind:
            case 0:
                what = ChatMessage(f"{self.name} says {self.play.tick}")
                self.said.append((stanza_id, origin))
            case 1:
                what = Correction(chance.choice(self.said)[1], "what I meant", ())
            case 2:
                what = Reaction(chance.choice(self.said)[0], ("👍",))
            case _:
                what = Retraction(chance.choice(self.said)[0])
        jid, at = f"{self.name}@montague.lit", NOON + timedelta(seconds=self.play.tick)
        entry = Said(self.play.room, stanza_id, jid, self.account, at, origin, what)
        await self.play.archive.append([entry])


class Play:
    """A room, its documents, and who is in it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.archive = ArchiveStore(engine)
        self.history = History(engine, snapshot_every=50, window=timedelta(seconds=10))
        self.rooms = RoomStore(engine, lambda: NOON)
        self.documents: list[DocumentId] = []
        self.room = RoomId("")
        self.tick = 0

    async def cast(self, engine: AsyncEngine) -> list[Person]:
        async def there(_name: str, _created: object) -> bool:
            return True

        accounts = AccountStore(engine, there)
        ids = [
            (await accounts.ensure(HubUser(name, NOON + timedelta(seconds=at), name))).id
            for at, name in enumerate(PEOPLE)
        ]
        self.room = (await self.rooms.create_room("Verona", ids[0])).id
        for each in ids[1:]:
            await self.rooms.set_member(self.room, each, Role.EDITOR)
        for number in range(DOCUMENTS):
            document = await self.rooms.add_document(
                self.room, f"{number}.md", DocumentType.FILE, DocumentFormat.TEXT, ids[0]
            )
            self.documents.append(document.id)
        return [Person(each, name, self) for each, name in zip(ids, PEOPLE, strict=True)]


@pytest.mark.parametrize(
    "acts", [30, pytest.param(600, marks=(pytest.mark.accept, pytest.mark.timeout(1_800)))]
)
async def test_documents_and_chat_are_made_again_from_the_record_alone(
    ledger: Ledger, acts: int, record_property: Callable[[str, object], None]
) -> None:
    play, chance = Play(ledger.engine), random.Random(1597)
    people = await play.cast(ledger.engine)

    async def live(person: Person) -> None:
        for _ in range(acts):
            await person.act(chance)

    await asyncio.gather(*(live(each) for each in people))
    await play.history.compact()
    await ledger.checkpoints.sign()

    lines = [json.loads(line) for line in await ledger.export()]
    assert (await ledger.verdict())[0] == 0
    for document in play.documents:
        assert _replayed(lines, document) == await play.history.state(document)
    entered = [line for line in lines if "entry" in line and line["entry"]["kind"] == "chat"]
    # Five who write at once have no order among them; the room's own ids do.
    entered.sort(key=lambda line: int(line["content"]["stanza_id"]))
    assert [_said_in(line) for line in entered] == await _archived(ledger.engine)
    record_property("figure", f"{len(lines) - 2} entries, {len(entered)} of them said")


async def test_what_was_there_before_the_record_is_its_beginning(ledger: Ledger) -> None:
    play, chance = Play(unrecorded(ledger.engine)), random.Random(1597)
    people = await play.cast(unrecorded(ledger.engine))
    for _ in range(20):
        await people[1]._edit(chance)

    await baseline(ledger.engine)
    await baseline(ledger.engine)
    play.history = History(ledger.engine)
    for _ in range(20):
        await people[2]._edit(chance)

    await ledger.checkpoints.sign()
    lines = [json.loads(line) for line in await ledger.export()]
    for document in play.documents:
        assert _replayed(lines, document) == await play.history.state(document)
    assert lines[-2]["readers"] == sorted(PEOPLE)


def _replayed(lines: list[dict[str, Any]], document: DocumentId) -> bytes:
    copy = DurableCopy()
    for line in lines:
        entry = line.get("entry", {})
        if entry.get("document") == document and entry["kind"] == "edit":
            copy.apply(line["index"], base64.b64decode(line["blob"]))
    return copy.diff()


def _said_in(line: dict[str, Any]) -> tuple[object, ...]:
    content = line["content"]
    names = ("stanza_id", "sender", "body", "target", "original")
    return (line["entry"]["action"], line["entry"]["account"], *(content[name] for name in names))


async def _archived(engine: AsyncEngine) -> list[tuple[object, ...]]:
    async with reading(engine) as connection:
        found = (await connection.execute(select(said).order_by(said.c.stanza_id))).all()
    for row in found:
        rows.said_of(row)
    return [
        (
            str(row.kind),
            row.account_id,
            str(row.stanza_id),
            row.sender,
            row.body,
            None if row.target is None else str(row.target),
            row.original,
        )
        for row in found
    ]
