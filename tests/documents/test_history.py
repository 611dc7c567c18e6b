"""The durable copy: who may append what, and what is given to whom."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.documents.verona import NOON, Verona, entry
from tests.documents.writers import POISON, Writer, text_of
from xmpp_bridge.documents.entry import (
    Entry,
    ForeignClientError,
    RemovedDocumentError,
    UnreadableUpdateError,
)
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.update import EMPTY_UPDATE, read_state_vector
from xmpp_bridge.rooms.identifiers import DocumentId, new_document_id
from xmpp_bridge.xmpp.errors import BadPayloadError, ForbiddenError, NotFoundError


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


async def test_the_documents_that_changed_last_come_first(history: History, verona: Verona) -> None:
    blank, sonnet, letter, gone = [await verona.document() for _ in range(4)]
    romeo, juliet = Writer(1), Writer(2)
    for document, writer, account in (
        (sonnet, romeo, verona.romeo),
        (letter, juliet, verona.juliet),
        (gone, Writer(3), verona.romeo),
    ):
        await history.append([entry(document, account, writer.write("O ")[0])])
    await verona.remove(gone)
    assert await history.newest_first() == [letter, sonnet, blank]
    await history.append([entry(sonnet, verona.romeo, romeo.write("soft")[0])])
    assert await history.newest_first() == [sonnet, letter, blank]


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
