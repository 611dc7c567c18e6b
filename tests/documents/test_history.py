from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import pycrdt
import pytest
from sqlalchemy import event, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.documents.writers import POISON, Writer, random_edits, text_of
from xmpp_bridge.accounts.store import AccountStore, HubUser
from xmpp_bridge.documents.entry import (
    Entry,
    ForeignClientError,
    RemovedDocumentError,
    UnreadableUpdateError,
)
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.tables import snapshots, updates
from xmpp_bridge.documents.update import EMPTY_UPDATE, read_state_vector, read_update
from xmpp_bridge.rooms.identifiers import DocumentId, new_document_id
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import BadPayloadError, ForbiddenError, NotFoundError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Verona:
    """Two people, a room, and as many documents in it as one likes."""

    def __init__(self, engine: AsyncEngine) -> None:
        async def nobody_is_renamed(_name: str, _created: datetime) -> bool:
            return True

        self._accounts = AccountStore(engine, nobody_is_renamed)
        self._rooms = RoomStore(engine, lambda: NOON)
        self.romeo = self.juliet = 0

    async def settle(self) -> Verona:
        stamps = (NOON + timedelta(seconds=number) for number in count())
        self.romeo, self.juliet = [
            (await self._accounts.ensure(HubUser(name, stamp, name))).id
            for name, stamp in zip(("romeo", "juliet"), stamps, strict=False)
        ]
        self._orchard = (await self._rooms.create_room("Orchard", self.romeo)).id
        return self

    async def document(self) -> DocumentId:
        document = await self._rooms.add_document(
            self._orchard, "a.md", DocumentType.FILE, DocumentFormat.TEXT, self.romeo
        )
        return document.id

    async def remove(self, document: DocumentId) -> None:
        await self._rooms.remove_document(document)


def entry(document: DocumentId, account: int, data: bytes, sequence: int | None = None) -> Entry:
    structs = read_update(data).structs
    return Entry(document, account, "f00d", sequence, data, structs, NOON)


@pytest.fixture
async def verona(engine: AsyncEngine) -> Verona:
    return await Verona(engine).settle()


@pytest.fixture
async def document(verona: Verona) -> DocumentId:
    return await verona.document()


@pytest.fixture
def history(engine: AsyncEngine) -> History:
    return History(engine)


@pytest.fixture
def keep(
    history: History, verona: Verona, document: DocumentId
) -> Callable[[Iterable[bytes]], object]:
    """Append updates of Romeo."""
    return lambda many: history.append([entry(document, verona.romeo, data) for data in many])


async def test_a_document_without_history_is_empty(history: History, document: DocumentId) -> None:
    assert await history.state(document) == EMPTY_UPDATE
    assert read_state_vector(await history.state_vector(document)) == {}
    assert await history.authors(document) == {}
    assert await history.append([]) == []


async def test_what_was_appended_is_there_for_the_next_process(
    engine: AsyncEngine, history: History, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    ids = await history.append(
        [entry(document, verona.romeo, data) for data in romeo.write("But ", "soft")]
    )

    assert ids == sorted(ids)
    for any_history in (history, History(engine)):
        assert await any_history.state(document) == romeo.doc.get_update()
        assert await any_history.state_vector(document) == romeo.doc.get_state()
        assert await any_history.authors(document) == {1: verona.romeo}


async def test_a_newcomer_is_given_what_they_lack(
    history: History, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    first, second = romeo.write("But ", "soft")
    await history.append([entry(document, verona.romeo, first)])
    then = await history.state_vector(document)
    await history.append([entry(document, verona.romeo, second)])

    assert await history.diff(document, then) == second
    assert text_of(await history.diff(document, b"\x00")) == "But soft"


@pytest.mark.parametrize("vector", [b"", b"\x01", b"\x01\x01", b"\x00\x00"])
async def test_what_is_no_state_vector_is_refused(
    history: History, document: DocumentId, vector: bytes
) -> None:
    with pytest.raises(BadPayloadError):
        await history.diff(document, vector)


async def test_a_group_is_kept_in_order_over_several_documents(
    history: History, verona: Verona
) -> None:
    sonnet, letter = await verona.document(), await verona.document()
    romeo, juliet = Writer(1), Writer(2)
    group = [
        entry(sonnet, verona.romeo, romeo.write("But ")[0], 1),
        entry(letter, verona.juliet, juliet.write("O ")[0], 1),
        entry(sonnet, verona.romeo, romeo.write("soft")[0], 2),
    ]

    ids = await history.append(group)

    assert ids == sorted(ids)
    assert text_of(await history.state(sonnet)) == "But soft"
    assert text_of(await history.state(letter)) == "O "
    assert await history.authors(letter) == {2: verona.juliet}


async def test_the_last_number_of_a_replica_is_its_owners(
    history: History, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    await history.append(
        [entry(document, verona.romeo, romeo.write("x")[0], number) for number in (1, 7, 3)]
    )

    assert await history.last_sequence(document, verona.romeo, "f00d") == 7
    assert await history.last_sequence(document, verona.juliet, "f00d") is None
    assert await history.last_sequence(document, verona.romeo, "beef") is None


async def test_an_update_that_comes_again_changes_nothing(
    history: History, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    [data] = romeo.write("soft")
    await history.append([entry(document, verona.romeo, data), entry(document, verona.romeo, data)])

    await history.append([entry(document, verona.romeo, data)])

    assert await history.state(document) == romeo.doc.get_update()


async def test_a_client_id_belongs_to_whom_used_it_first(
    engine: AsyncEngine, history: History, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    hello, forged = romeo.write("hello", "forged")
    await history.append([entry(document, verona.romeo, hello)])
    stolen = entry(document, verona.juliet, forged)
    own = entry(document, verona.juliet, Writer(2).write("own")[0])

    for any_history in (history, History(engine)):
        with pytest.raises(ForeignClientError) as refusal:
            await any_history.append([own, stolen])
        assert refusal.value.entry is stolen

    assert text_of(await history.state(document)) == "hello"
    assert await history.authors(document) == {1: verona.romeo}


async def test_of_two_who_use_a_client_id_at_once_one_is_refused(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    updates_of_both = [Writer(1).write(word)[0] for word in ("romeo", "juliet")]
    results = await asyncio.gather(
        History(engine).append([entry(document, verona.romeo, updates_of_both[0])]),
        History(engine).append([entry(document, verona.juliet, updates_of_both[1])]),
        return_exceptions=True,
    )

    assert sum(isinstance(result, ForeignClientError) for result in results) == 1
    assert len(await History(engine).authors(document)) == 1


async def test_a_client_id_can_be_claimed_before_it_is_used(
    history: History, verona: Verona, document: DocumentId
) -> None:
    await history.claim(document, 1, verona.romeo)
    await history.claim(document, 1, verona.romeo)

    with pytest.raises(ForbiddenError):
        await history.claim(document, 1, verona.juliet)
    with pytest.raises(ForeignClientError):
        await history.append([entry(document, verona.juliet, Writer(1).write("mine")[0])])
    with pytest.raises(NotFoundError):
        await history.claim(new_document_id(), 1, verona.romeo)


async def test_nothing_is_kept_for_a_document_that_is_gone(
    history: History, verona: Verona, document: DocumentId
) -> None:
    gone = await verona.document()
    await verona.remove(gone)
    [data] = Writer(1).write("soft")
    late = entry(gone, verona.romeo, data)

    with pytest.raises(RemovedDocumentError) as refusal:
        await history.append([entry(document, verona.romeo, data), late])

    assert refusal.value.entry is late
    assert await history.state(document) == EMPTY_UPDATE


@pytest.mark.parametrize("data", [POISON, b"\x01", b"not an update"])
async def test_what_yjs_cannot_integrate_is_not_kept(
    engine: AsyncEngine, history: History, verona: Verona, document: DocumentId, data: bytes
) -> None:
    romeo = Writer(1)
    first, second = romeo.write("a", "b")
    await history.append([entry(document, verona.romeo, first)])
    poison = Entry(document, verona.juliet, "beef", 1, data, (), NOON)

    with pytest.raises(UnreadableUpdateError) as refusal:
        await history.append([entry(document, verona.romeo, second), poison])

    assert refusal.value.entry is poison
    for any_history in (history, History(engine)):
        assert text_of(await any_history.state(document)) == "a"


async def test_an_update_ahead_of_its_time_waits_through_restarts_and_snapshots(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    first, second, third = romeo.write("But ", "soft, ", "what")
    history = History(engine, snapshot_every=1)
    await history.append([entry(document, verona.romeo, data) for data in (third, first)])
    assert await history.compact() == 1

    for any_history in (history, History(engine)):
        assert text_of(await any_history.state(document)) == "But "
        assert read_state_vector(await any_history.state_vector(document)) == {1: 4}

    newcomer: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    newcomer.apply_update(await history.diff(document, newcomer.get_state()))
    newcomer.apply_update(second)  # which the room sends: what waited was part of the diff
    assert str(newcomer.get("text", type=pycrdt.Text)) == "But soft, what"

    await History(engine).append([entry(document, verona.romeo, second)])
    for any_history in (history, History(engine)):
        assert await any_history.state(document) == romeo.doc.get_update()


async def test_a_deletion_ahead_of_its_time_waits_too(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    [insertion] = romeo.write("banished")
    del romeo.text[0:8]
    deletion = romeo.updates[-1]
    history = History(engine, snapshot_every=1)
    await history.append([entry(document, verona.juliet, deletion)])
    await history.compact()

    await History(engine).append([entry(document, verona.romeo, insertion)])

    for any_history in (history, History(engine)):
        assert text_of(await any_history.state(document)) == ""


async def test_a_snapshot_is_only_a_short_cut(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo = Writer(1)
    history = History(engine, snapshot_every=3)
    await history.append([entry(document, verona.romeo, data) for data in romeo.write(*"abc")])
    assert await history.compact() == 1
    assert await history.compact() == 0
    await history.append([entry(document, verona.romeo, data) for data in romeo.write(*"de")])
    assert await history.compact() == 0

    async with reading(engine) as connection:
        [snapshot] = (await connection.execute(select(snapshots))).all()
        kept = list((await connection.execute(select(updates.c.data))).scalars())
    assert text_of(snapshot.state) == "abc"
    assert kept == romeo.updates
    assert text_of(await History(engine).state(document)) == "abcde"


@pytest.mark.parametrize("broken", ["snapshot", "update"])
async def test_what_has_rotted_in_the_database_takes_nothing_else_with_it(
    engine: AsyncEngine, verona: Verona, document: DocumentId, broken: str
) -> None:
    romeo, juliet = Writer(1), Writer(2)
    history = History(engine, snapshot_every=1)
    await history.append([entry(document, verona.romeo, romeo.write("soft")[0])])
    await history.compact()
    [its_id] = await history.append([entry(document, verona.juliet, juliet.write("rot")[0])])
    async with writing(engine) as connection:
        if broken == "snapshot":
            await connection.execute(update(snapshots).values(state=b"rot"))
        else:
            rot = update(updates).where(updates.c.id == its_id).values(data=b"rot")
            await connection.execute(rot)

    text = text_of(await History(engine).state(document))

    assert "soft" in text
    assert ("rot" in text) == (broken == "snapshot")


async def test_more_documents_than_fit_into_memory_are_served_all_the_same(
    engine: AsyncEngine, verona: Verona
) -> None:
    history = History(engine, cache_bytes=1)
    writers = {await verona.document(): Writer(number) for number in range(1, 5)}
    for _ in range(3):
        group = [
            entry(document, verona.romeo, writer.write("x")[0])
            for document, writer in writers.items()
        ]
        await history.append(group)

    for document, writer in writers.items():
        assert await history.state(document) == writer.doc.get_update()


class ProcessStoppedError(Exception):
    """The process stops here."""


@asynccontextmanager
async def interrupted(engine: AsyncEngine, at: int) -> AsyncIterator[None]:
    """Fail at the `at`th statement or commit that goes to the database within the block."""
    steps = count()

    def step(*_: object) -> None:
        if next(steps) == at:
            raise ProcessStoppedError

    names = ("before_cursor_execute", "commit")
    for name in names:
        event.listen(engine.sync_engine, name, step)
    try:
        yield
    finally:
        for name in names:
            event.remove(engine.sync_engine, name, step)


async def test_a_failure_at_any_step_loses_nothing_acknowledged_and_memory_is_as_the_database(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    history = History(engine, snapshot_every=2)
    romeo = Writer(1)
    acknowledged: list[bytes] = []

    for at in count():
        failures = 0
        for data in romeo.write("a", "b"):
            try:
                async with interrupted(engine, at):
                    await history.append([entry(document, verona.romeo, data)])
                acknowledged.append(data)
            except ProcessStoppedError:
                failures += 1
        try:
            async with interrupted(engine, at):
                await history.compact()
        except ProcessStoppedError:
            failures += 1
        in_memory = await history.state(document)
        assert in_memory == await History(engine).state(document)
        for data in acknowledged:
            [structs] = read_update(data).structs
            assert any(has(kept, structs.start) for kept in await stored(engine, document))
        if not failures:
            break

    assert at > 3


async def stored(engine: AsyncEngine, document: DocumentId) -> Sequence[bytes]:
    query = select(updates.c.data).where(updates.c.document_id == document)
    async with reading(engine) as connection:
        return (await connection.execute(query)).scalars().all()


def has(data: bytes, clock: int) -> bool:
    return any(start <= clock < end for _, start, end in read_update(data).structs)


async def test_a_poison_that_waited_for_its_victim_harms_nobody(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    romeo, juliet = Writer(1), Writer(3)
    history = History(engine, snapshot_every=1)
    await history.append([entry(document, verona.juliet, juliet.write("O ")[0])])
    await history.append([entry(document, verona.juliet, POISON)])
    await history.append([entry(document, verona.romeo, romeo.write("a")[0])])
    await history.compact()
    await history.append([entry(document, verona.romeo, romeo.write("b")[0])])

    for any_history in (history, History(engine)):
        state = await any_history.state(document)
        assert sorted(text_of(state)) == sorted("O ab")


async def test_many_random_edits_come_through_snapshots_and_restarts(
    engine: AsyncEngine, verona: Verona, document: DocumentId
) -> None:
    random_ = random.Random(1597)
    writers = [Writer(number) for number in (1, 2, 3)]
    for _ in range(4):
        random_edits(random_, writers)
    sent = [data for writer in writers for data in writer.updates]
    random_.shuffle(sent)
    history = History(engine, snapshot_every=5)
    while sent:
        size = random_.randrange(1, 8)
        group, sent = sent[:size], sent[size:]
        await history.append([entry(document, verona.romeo, data) for data in group])
        if random_.random() < 0.3:
            await history.compact()
        if random_.random() < 0.3:
            history = History(engine, snapshot_every=5)

    state = await history.state(document)
    plain: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    for writer in writers:
        plain.apply_update(writer.doc.get_update())
    assert text_of(state) == str(plain.get("text", type=pycrdt.Text))
    assert await history.state_vector(document) == await History(engine).state_vector(document)


async def test_what_a_killed_process_called_safe_is_there(
    engine: AsyncEngine, database_url: str, verona: Verona, document: DocumentId
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.documents.appending",
        database_url, document, str(verona.romeo),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    for _ in range(25):
        await process.stdout.readline()
    process.kill()
    rest = await process.stdout.read()
    await process.wait()

    safe = 25 + len(rest.split())
    kept = await History(engine).state(document)
    assert text_of(kept) in {"x" * safe, "x" * (safe + 1)}  # killed between commit and word
    assert await History(engine).last_sequence(document, verona.romeo, "f00d") in {safe, safe + 1}
