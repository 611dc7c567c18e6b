"""The plans of `rooms/reconcile.py` carried out by a real ejabberd."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.ejabberd.people import Verona
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.rooms.reconcile import (
    AWARENESS_OPTIONS,
    DOCUMENT_OPTIONS,
    Change,
    Destroy,
    MucRoomActual,
    MucRoomWanted,
    apply,
    chat_room,
    plan,
)
from xmpp_bridge.xmpp.errors import NotAuthorizedError, NotFoundError
from xmpp_bridge.xmpp.stream import Secret

pytestmark = pytest.mark.e2e

LOGGED = "170"  # XEP-0045: the room is logged
DOCUMENTS = "documents.montague.lit"
AWARENESS = "awareness.montague.lit"
ROMEO, JULIET, SERVICE = (
    "romeo@montague.lit",
    "juliet@montague.lit",
    "xmpp-bridge@bridge.montague.lit",
)
WANTED = MucRoomWanted(
    DOCUMENT_OPTIONS,
    Secret("wherefore"),
    writers=frozenset({ROMEO}),
    readers=frozenset({ROMEO, JULIET, SERVICE}),
)


async def reconcile(
    api: EjabberdApi, name: str, service: str, wanted: MucRoomWanted | None
) -> list[Change]:
    """Carry out what there is to do, and return it."""
    changes = plan(wanted, await actual(api, name, service))
    await apply(changes, api, name, service)
    return changes


async def actual(api: EjabberdApi, name: str, service: str) -> MucRoomActual | None:
    try:
        options = await api.room_options(name, service)
    except NotFoundError:
        return None
    return MucRoomActual(
        options, await api.affiliations(name, service), await api.occupants(name, service)
    )


@pytest.mark.parametrize(
    ("service", "wanted"),
    [
        (DOCUMENTS, WANTED),
        (AWARENESS, replace(WANTED, options=AWARENESS_OPTIONS, writers=frozenset())),
    ],
)
async def test_a_room_that_was_made_as_wanted_needs_nothing_more(
    api: EjabberdApi, service: str, wanted: MucRoomWanted
) -> None:
    name = uuid4().hex

    assert await reconcile(api, name, service, wanted) != []
    assert await reconcile(api, name, service, wanted) == []
    assert await reconcile(api, name, service, None) == [Destroy()]
    # ejabberd answers before the room is gone, and with an internal error while it goes.
    async with asyncio.timeout(5):
        while name in await api.rooms(service):
            pass
    assert await reconcile(api, name, service, None) == []


async def test_a_room_that_was_tampered_with_is_put_right(api: EjabberdApi) -> None:
    name = uuid4().hex
    opened = {
        option: "false" if value == "true" else "true" for option, value in DOCUMENT_OPTIONS.items()
    }
    await api.create_room(name, DOCUMENTS, {**opened, "persistent": "true", "password": "rose"})
    await api.set_affiliation(name, DOCUMENTS, JULIET, "owner")
    await api.set_affiliation(name, DOCUMENTS, "tybalt@montague.lit", "admin")

    await reconcile(api, name, DOCUMENTS, WANTED)

    assert await reconcile(api, name, DOCUMENTS, WANTED) == []
    assert await api.affiliations(name, DOCUMENTS) == {ROMEO: "member"}


@pytest.mark.parametrize("writers", [frozenset({ROMEO}), frozenset({ROMEO, JULIET})])
async def test_whoever_is_removed_is_out_and_the_others_stay(
    verona: Verona, api: EjabberdApi, writers: frozenset[str]
) -> None:
    name = uuid4().hex
    room = f"{name}@{DOCUMENTS}"
    await reconcile(api, name, DOCUMENTS, replace(WANTED, writers=writers))
    without_juliet = replace(WANTED, password=Secret("rose"), readers=frozenset({ROMEO, SERVICE}))
    async with (
        verona.person("romeo") as romeo,
        verona.person("juliet") as juliet,
        romeo.in_room(room, "wherefore") as staying,
    ):
        async with juliet.in_room(room, "wherefore") as leaving:
            await reconcile(api, name, DOCUMENTS, without_juliet)
            await asyncio.wait_for(leaving.place.lost, 5)

        assert await reconcile(api, name, DOCUMENTS, without_juliet) == []
        assert staying.role == "participant"
        assert not staying.place.lost.done()
        for password in ("wherefore", None):
            with pytest.raises(NotAuthorizedError):
                async with juliet.in_room(room, password):
                    pass


@pytest.mark.parametrize("notice", ["", "What is said here is recorded."])
async def test_whoever_enters_a_recorded_chat_is_told_so(
    verona: Verona, api: EjabberdApi, notice: str
) -> None:
    name, service = uuid4().hex, "rooms.montague.lit"
    wanted = chat_room("Orchard", (), (ROMEO,), "montague.lit", SERVICE, notice)
    await reconcile(api, name, service, wanted)
    assert await reconcile(api, name, service, wanted) == []
    async with verona.person("romeo") as romeo, romeo.in_room(f"{name}@{service}") as seat:
        seat.say("She speaks.")
        await seat.until(lambda: bool(seat.heard))
        assert (LOGGED in seat.statuses) is bool(notice)


async def test_everybody_has_a_voice_where_cursors_travel(verona: Verona, api: EjabberdApi) -> None:
    name = uuid4().hex
    await reconcile(
        api,
        name,
        AWARENESS,
        replace(WANTED, options=AWARENESS_OPTIONS, writers=frozenset()),
    )
    async with (
        verona.person("juliet") as juliet,
        juliet.in_room(f"{name}@{AWARENESS}", "wherefore") as seat,
    ):
        seat.say("What man art thou?")
        await seat.until(lambda: bool(seat.heard))
