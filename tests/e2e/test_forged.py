"""Updates that nobody may write: refused by ejabberd, else by every receiver and by the service, and counted."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from jupyter_ydoc import YNotebook

from demo import edits
from tests.e2e.company import NAMES, SERVICE, Company, Tally, in_company
from tests.e2e.forger import Forger, forging, rogue_component
from tests.e2e.stage import agree, on_disk, tabs, until
from xmpp_bridge.documents.stanza import DOCUMENTS, UpdateStanza, new_replica_id, to_xml
from xmpp_bridge.xmpp.encoding import MAX_DECODED

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

TIMES = 20
"""Of what goes to the component ejabberd gives about half to each of its two connections."""
BOMB_BYTES = MAX_DECODED + 1024 * 1024
"""Not more: whoever is no Jupyter server writes 2,000 bytes a second, and everybody waits for the rest behind it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company() -> AsyncIterator[Company]:
    async with in_company() as company:
        yield company


async def test_a_viewers_update_is_refused_by_ejabberd(
    company: Company, record_property: Any
) -> None:
    document = await company.shared("viewer.ipynb", "x = 1", bob="viewer")
    tally = await Tally.begin(company, "viewer")
    async with forging(company, document) as forger:
        for _ in range(3):
            forger.send(typed(await forger.kept(), " # graffiti"))
            assert await forger.refusal() == "forbidden"
        await goes_on(company, document, "viewer.ipynb", "x = 1", forger)
    await tally.is_by_nobody()
    record_property("figure", "3 of 3 refused by ejabberd, 0 reached anybody")


async def test_an_update_under_anothers_client_id_is_refused_by_all(
    company: Company, record_property: Any
) -> None:
    document = await company.shared("forged.ipynb", "x = 1", bob="editor")
    tally = await Tally.begin(company, "foreign-client-id")
    async with tabs("forged.ipynb", company.alice, company.carol) as (hers, carols):
        edits.append_text(hers.notebook, 0, " # hers")
        await agree([hers, carols])
        await company.live(document)
        async with forging(company, document) as forger:
            forger.send(typed(await forger.kept(hers.doc.client_id), " # forged"))
            await tally.is_by_all(1)
            # What the victim types next has the very clock that the forged update had.
            edits.append_text(hers.notebook, 0, " # too")
            await carols.until(
                lambda: edits.sources(carols.notebook) == ["x = 1 # hers # too"], "what she types"
            )
            await goes_on(company, document, "forged.ipynb", "x = 1 # hers # too", forger)
    await tally.is_by_all(1)
    record_property("figure", "1 of 1 refused and counted by 3 servers and the service")


async def test_a_component_that_is_not_in_the_room_says_nothing_there(
    company: Company, record_property: Any
) -> None:
    document = await company.shared("outside.ipynb", "x = 1", bob="editor")
    tallies = [
        await Tally.begin(company, reason) for reason in ("not-an-occupant", "not-an-account")
    ]
    async with forging(company, document) as forger:
        stanza = as_stanza(typed(await forger.kept(), " # forged"))
        async with rogue_component(company) as rogue:
            rogue.say("bob", forger.admission.jid, stanza, times=TIMES)
            assert await rogue.refusal() == "not-acceptable"
        await goes_on(company, document, "outside.ipynb", "x = 1", forger)
    for tally in tallies:
        await tally.is_by_nobody()
    record_property("figure", "refused by ejabberd, 0 reached anybody")


async def test_what_the_services_own_address_writes_is_refused_by_all(
    company: Company, record_property: Any
) -> None:
    """The admin of the rooms is let through by ejabberd, under the service's own nick; but it is nobody who writes."""
    document = await company.shared("admin.ipynb", "x = 1", bob="editor")
    servers = await Tally.begin(company, "not-an-account")
    service = await Tally.begin(company, "not-a-member")
    async with forging(company, document) as forger:
        stanza = as_stanza(typed(await forger.kept(), " # forged"))
        async with rogue_component(company) as rogue:
            rogue.say("xmpp-bridge/x", forger.admission.jid, stanza, times=TIMES)

        async def refused() -> bool:
            by_people = await servers.grown()
            by_all = all(by_people[name] == TIMES for name in NAMES)
            return by_all and (await service.grown())[SERVICE] > 0

        await until(refused, "refused by all")
        await goes_on(company, document, "admin.ipynb", "x = 1", forger)
    heard = (await service.grown())[SERVICE]
    record_property(
        "figure",
        f"{TIMES} of {TIMES} refused by 3 servers, all {heard:.0f} it heard by the service",
    )


async def test_what_nobody_can_read_is_refused_and_the_room_goes_on(
    company: Company, record_property: Any
) -> None:
    document = await company.shared("broken.ipynb", "x = 1", bob="editor")
    tally = await Tally.begin(company, "bad-payload")
    async with forging(company, document) as forger:
        good, numbers = typed(await forger.kept(), " # broken"), ("-1", "the first")
        payloads = broken(good)
        expected = len(payloads) + len(numbers)
        for payload in payloads:
            forger.say(*payload)
        for said in numbers:
            forger.say(as_stanza(good), said=said)
        await tally.is_by_all(expected)
        forger.send(typed(await forger.kept(), " # by hand"))
        await on_disk(company.everybody, "broken.ipynb", ["x = 1 # by hand"])
        await goes_on(company, document, "broken.ipynb", "x = 1 # by hand", forger)
    await tally.is_by_all(expected)
    record_property("figure", f"{expected} of {expected} refused by 3 servers and the service")


def broken(good: bytes) -> list[tuple[ET.Element, ...]]:
    """Payloads of one stanza each that no honest sender writes."""
    deflate = zlib.compressobj(9, wbits=-15)
    bomb = deflate.compress(bytes(BOMB_BYTES)) + deflate.flush()
    return [
        (update("no Base64!"),),
        (update(as_text(b"not deflated"), encoding="deflate"),),
        (update(as_text(bomb), encoding="deflate"),),
        (update(as_text(good[: len(good) // 2])),),
        (update(as_text(good + good)),),
        (update(as_text(b"\xff" * 40)),),
        (ET.Element(f"{{{DOCUMENTS}}}dagger"),),
        (as_stanza(good), as_stanza(good)),
    ]


def typed(notebook: YNotebook, text: str) -> bytes:
    """The update that appends `text` to the first cell."""
    before = notebook.ydoc.get_state()
    edits.insert_text(notebook, 0, len(edits.source_of(notebook, 0)), text)
    return bytes(notebook.ydoc.get_update(before))


def as_stanza(data: bytes) -> ET.Element:
    return to_xml(UpdateStanza(new_replica_id(), 1, data))


def update(text: str, **attributes: str) -> ET.Element:
    """An update element with anything in it."""
    element = ET.Element(f"{{{DOCUMENTS}}}update", attributes)
    element.text = text
    return element


def as_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def goes_on(company: Company, document: str, path: str, source: str, forger: Forger) -> None:
    """Alice types; then all have what was there before and that: on screen, on disk, in the durable copy."""
    expected = [f"{source} # goes on"]
    async with tabs(path, company.alice, company.carol) as (hers, carols):
        edits.append_text(hers.notebook, 0, " # goes on")
        await carols.until(
            lambda: edits.sources(carols.notebook) == expected, "what alice types at carol's"
        )
        assert edits.sources(hers.notebook) == expected
        await company.alice.live(document)
    await on_disk(company.everybody, path, expected)
    assert edits.sources(await forger.kept()) == expected
