"""What a document was, whether its updates are still apart or folded together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.documents.verona import NOON, Verona, entry
from tests.documents.writers import Writer, text_of
from xmpp_bridge.documents import past as past_module
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.past import Past
from xmpp_bridge.documents.tables import updates
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import writing
from xmpp_bridge.xmpp.errors import TooLargeError

MINUTE = timedelta(minutes=1)


@pytest.fixture
def past(engine: AsyncEngine) -> Past:
    return Past(engine)


@pytest.mark.parametrize("folded", [False, True])
async def test_it_is_as_it_was(
    engine: AsyncEngine, past: Past, verona: Verona, document: DocumentId, *, folded: bool
) -> None:
    romeo, juliet = Writer(1), Writer(2)
    history = History(engine, snapshot_every=1)
    lines = [
        (0, romeo, verona.romeo, "a"),
        (1, romeo, verona.romeo, "b"),
        (5, juliet, verona.juliet, "c"),
        (9, romeo, verona.romeo, "d"),
    ]
    for minute, writer, account, letter in lines:
        one = entry(document, account, writer.write(letter)[0])
        await history.append([replace(one, received_at=NOON + minute * MINUTE)])
    if folded:
        await history.compact()
    for minute, letters in ((-1, ""), (0, "a"), (3, "ab"), (5, "abc"), (9, "abcd")):
        state = await past.state_at(document, NOON + minute * MINUTE)
        assert sorted(text_of(state)) == sorted(letters)
    assert await past.authors_since(document, NOON + MINUTE) == {verona.romeo, verona.juliet}
    assert await past.authors_since(document, NOON + 6 * MINUTE) == {verona.romeo}
    assert await past.authors_since(document, NOON + 9 * MINUTE) == frozenset()
    assert await past.changed_since([document], NOON + 6 * MINUTE) == [document]
    assert await past.changed_since([document], NOON + 9 * MINUTE) == []


async def test_what_cannot_be_read_is_left_out(
    engine: AsyncEngine, past: Past, verona: Verona, document: DocumentId
) -> None:
    romeo, juliet = Writer(1), Writer(2)
    history = History(engine)
    ids = [
        *await history.append([entry(document, verona.romeo, romeo.write("a")[0])]),
        *await history.append([entry(document, verona.juliet, juliet.write("b")[0])]),
    ]
    async with writing(engine) as connection:
        await connection.execute(update(updates).where(updates.c.id == ids[0]).values(data=b"\xff"))
    assert text_of(await past.state_at(document, NOON + MINUTE)) == "b"


async def test_nobody_waits_for_more_than_can_be_read_soon(
    monkeypatch: pytest.MonkeyPatch,
    engine: AsyncEngine,
    past: Past,
    verona: Verona,
    document: DocumentId,
) -> None:
    monkeypatch.setattr(past_module, "MOST_BYTES", 10)
    await History(engine).append([entry(document, verona.romeo, Writer(1).write("soft" * 9)[0])])
    with pytest.raises(TooLargeError):
        await past.state_at(document, NOON + MINUTE)
