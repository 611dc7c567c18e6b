"""What the durable copy takes of a relay, and what becomes of it when its author is back."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pycrdt import merge_updates
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.documents.verona import NOON, Verona, entry
from tests.documents.writers import Writer, text_of
from xmpp_bridge.documents.checking import check_all
from xmpp_bridge.documents.entry import ContradictionError, ForeignClientError
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.relay import NOBODY, Author, Relay
from xmpp_bridge.documents.tables import relays, updates
from xmpp_bridge.documents.update import EMPTY_UPDATE, read_state_vector
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.storage.engine import reading
from xmpp_bridge.xmpp.errors import BridgeError, ForbiddenError, NotReadyError

JULIET = 7
"""Her Yjs client."""


@pytest.fixture
def juliet() -> Writer:
    return Writer(JULIET)


@pytest.fixture
def relay(history: History, verona: Verona, document: DocumentId) -> Relaying:
    return Relaying(history, verona, document)


class Relaying:
    """Romeo relays what Juliet wrote, whose client the service knows if nothing else is said."""

    def __init__(self, history: History, verona: Verona, document: DocumentId) -> None:
        self._history = history
        self._romeo = verona.romeo
        self._document = document
        self._juliet = Author(verona.juliet, known=True)

    async def __call__(self, update: bytes, authors: Mapping[int, Author] | None = None) -> bool:
        authors = {JULIET: self._juliet} if authors is None else authors
        relay = Relay(self._document, self._romeo, "f00d", update, authors, NOON)
        return (await self._history.relay(relay)).update != EMPTY_UPDATE


async def shown(history: History, document: DocumentId, account: int) -> dict[int, int]:
    return read_state_vector((await history.vectors_for(document, account)).shown)


async def test_a_relay_is_kept_with_who_brought_it_and_whose_it_is(
    engine: AsyncEngine,
    history: History,
    verona: Verona,
    document: DocumentId,
    juliet: Writer,
    relay: Relaying,
) -> None:
    first, second = juliet.write("Deny thy father ", "and refuse thy name")
    await history.append([entry(document, verona.juliet, first)])

    assert await relay(juliet.doc.get_update())

    assert text_of(await history.state(document)) == "Deny thy father and refuse thy name"
    async with reading(engine) as connection:
        [mark] = (await connection.execute(select(relays))).all()
        senders = (await connection.execute(select(updates.c.account_id, updates.c.data))).all()
    assert (mark.client_id, mark.from_clock, mark.to_clock) == (JULIET, 16, 35)
    assert (mark.relayer_id, mark.author_id, mark.author_known) == (
        verona.romeo,
        verona.juliet,
        True,
    )
    assert [row.account_id for row in senders] == [verona.juliet, verona.romeo]
    assert senders[1].data == second  # nothing twice
    [findings] = [each async for each in check_all(engine)]
    assert findings.good
    assert not await relay(juliet.doc.get_update())


async def test_a_relay_gives_nobody_a_client_id(
    history: History, verona: Verona, document: DocumentId, juliet: Writer, relay: Relaying
) -> None:
    [update] = juliet.write("Deny thy father")
    await relay(update, {JULIET: NOBODY})

    assert await history.authors(document) == {}
    with pytest.raises(ForeignClientError):
        await history.append([entry(document, verona.romeo, juliet.write("!")[0])])
    await history.append([entry(document, verona.juliet, juliet.updates[-1])])
    assert await history.authors(document) == {JULIET: verona.juliet}


async def test_a_relay_with_a_hole_before_it_waits_outside(
    history: History, document: DocumentId, juliet: Writer, relay: Relaying
) -> None:
    _, second = juliet.write("Deny thy father ", "and refuse thy name")
    with pytest.raises(NotReadyError):
        await relay(second)
    assert text_of(await history.state(document)) == ""


async def test_a_relay_fits_together_with_what_waits_for_it(
    history: History, verona: Verona, document: DocumentId, juliet: Writer, relay: Relaying
) -> None:
    romeo = Writer(8)
    juliet.write("Deny ")
    romeo.doc.apply_update(juliet.doc.get_update())
    [his] = romeo.write("thy father")
    await history.append([entry(document, verona.romeo, his)])
    assert read_state_vector(await history.state_vector(document)) == {}

    assert await relay(juliet.doc.get_update())

    assert read_state_vector(await history.state_vector(document)) == {7: 5, 8: 10}


async def test_what_hangs_on_something_missing_keeps_nothing_else_out(
    history: History, verona: Verona, document: DocumentId, juliet: Writer, relay: Relaying
) -> None:
    nurse, tybalt = Writer(9), Writer(8)
    tybalt.write("Peace? ")
    nurse.doc.apply_update(tybalt.doc.get_update())
    nurse.write("Ay, ay, ")
    juliet.write("Deny thy father")
    both = merge_updates(nurse.updates[-1], juliet.updates[0])
    authors = {JULIET: Author(verona.juliet, known=True), 9: NOBODY}

    assert await relay(both, authors)
    assert text_of(await history.state(document)) == "Deny thy father"
    with pytest.raises(NotReadyError):
        await relay(both, authors)

    await history.append([entry(document, verona.romeo, tybalt.updates[0])])
    assert await relay(both, authors)
    vector = read_state_vector(await history.state_vector(document))
    assert vector == {JULIET: 15, 8: 7, 9: 8}


async def test_what_its_author_gave_is_not_replaced_while_it_waits(
    history: History, verona: Verona, document: DocumentId, juliet: Writer, relay: Relaying
) -> None:
    juliet.write("Deny ")
    [later] = juliet.write("thy father")
    await history.append([entry(document, verona.juliet, later)])
    forger = Writer(JULIET)
    forger.write("Deny ", "everything")

    with pytest.raises(ForbiddenError):
        await relay(forger.doc.get_update())
    assert await relay(juliet.updates[0])
    assert text_of(await history.state(document)) == "Deny thy father"


async def test_what_its_author_denies_keeps_nothing_else_out(
    history: History, verona: Verona, document: DocumentId, juliet: Writer, relay: Relaying
) -> None:
    nurse, forger = Writer(9), Writer(JULIET)
    first, _ = juliet.write("Deny ", "thy father")
    forger.write("Deny ", "everything")
    nurse.doc.apply_update(first)
    nurse.write("Ay, ay, ")
    await history.append([entry(document, verona.juliet, juliet.updates[1])])  # it waits
    both = merge_updates(forger.doc.get_update(), nurse.updates[-1])

    # What the nurse wrote hangs on what only the denied one brings.
    with pytest.raises(NotReadyError):
        await relay(both)
    alone = Writer(10)
    alone.write("Peace! ")
    assert await relay(merge_updates(both, alone.updates[0]))

    assert text_of(await history.state(document)) == "Peace! "
    assert await relay(merge_updates(first, nurse.updates[-1]))
    vector = read_state_vector(await history.state_vector(document))
    assert vector == {JULIET: 15, 9: 8, 10: 7}


async def test_an_author_who_is_back_is_asked_once_for_what_was_relayed(
    engine: AsyncEngine,
    history: History,
    verona: Verona,
    document: DocumentId,
    juliet: Writer,
    relay: Relaying,
) -> None:
    first, second = juliet.write("Deny thy father ", "and refuse thy name")
    await history.append([entry(document, verona.juliet, first)])
    await relay(second)

    asked = {JULIET: 16}
    assert await shown(history, document, verona.juliet) == asked
    assert await shown(history, document, verona.romeo) == {JULIET: 35}
    await history.append([entry(document, verona.juliet, second)])

    assert await shown(history, document, verona.juliet) == {JULIET: 35}
    assert text_of(await history.state(document)) == "Deny thy father and refuse thy name"
    async with reading(engine) as connection:
        [mark] = (await connection.execute(select(relays))).all()
    assert (mark.confirmed_at, mark.disputed_at) == (NOON, None)


async def test_an_author_who_denies_a_relay_is_heard_and_nothing_differs_in_silence(
    engine: AsyncEngine,
    history: History,
    verona: Verona,
    document: DocumentId,
    juliet: Writer,
    relay: Relaying,
) -> None:
    first, second = juliet.write("Deny thy father ", "and refuse thy name")
    await history.append([entry(document, verona.juliet, first)])
    forger = Writer(JULIET)
    forger.doc.apply_update(first)
    forger.write("and kill thy cousin")
    await relay(forger.doc.get_update())

    for update in (second, *juliet.write(", Romeo")):
        with pytest.raises(ContradictionError):
            await history.append([entry(document, verona.juliet, update)])
    with pytest.raises(BridgeError):
        await relay(juliet.doc.get_update())

    async with reading(engine) as connection:
        [mark] = (await connection.execute(select(relays))).all()
    assert (mark.confirmed_at, mark.disputed_at) == (None, NOON)
    [findings] = [each async for each in check_all(engine)]
    assert not findings.good


async def test_a_mark_outlives_the_folding_of_what_it_marks(
    engine: AsyncEngine, verona: Verona, document: DocumentId, juliet: Writer
) -> None:
    history = History(engine, snapshot_every=1)
    romeo = Writer(8)
    relay = Relaying(history, verona, document)
    await relay(juliet.write("Deny thy father")[0])
    late = entry(document, verona.romeo, romeo.write("!")[0])
    await history.append([late])
    await history.compact()
    async with reading(engine) as connection:
        assert len((await connection.execute(select(relays))).all()) == 1
    [findings] = [each async for each in check_all(engine)]
    assert findings.good
