"""Our commands, as a real ejabberd takes them."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    ConflictError,
    NotFoundError,
    UnavailableError,
)

pytestmark = pytest.mark.e2e

DOCUMENTS = "documents.montague.lit"
ROOMS = "rooms.montague.lit"


@pytest.fixture
def name() -> str:
    return uuid4().hex


async def test_a_room_lives_from_its_creation_to_its_destruction(
    api: EjabberdApi, name: str
) -> None:
    await api.create_room(name, DOCUMENTS, {"password": "rose", "password_protected": "true"})
    assert name in await api.rooms(DOCUMENTS)
    assert name not in await api.rooms(ROOMS)

    await api.destroy_room(name, DOCUMENTS)
    async with asyncio.timeout(5):
        while name in await api.rooms(DOCUMENTS):  # it ends in its own time
            continue


async def test_a_room_is_never_created_twice(api: EjabberdApi, name: str) -> None:
    await api.create_room(name, DOCUMENTS, {"title": "Verona"})

    with pytest.raises(ConflictError):
        await api.create_room(name, DOCUMENTS, {"title": "Mantua"})
    assert (await api.room_options(name, DOCUMENTS))["title"] == "Verona"


async def test_a_room_that_nobody_described_is_closed_to_everybody(
    api: EjabberdApi, name: str
) -> None:
    await api.create_room(name, ROOMS, {})

    options = await api.room_options(name, ROOMS)
    closed = {"members_only": "true", "public": "false", "anonymous": "false", "mam": "false"}
    assert options | closed == options


async def test_an_option_is_changed(api: EjabberdApi, name: str) -> None:
    await api.create_room(name, DOCUMENTS, {})
    await api.change_room_option(name, DOCUMENTS, "title", "A 'public' place: \"Verona\" ö")

    assert (await api.room_options(name, DOCUMENTS))["title"] == "A 'public' place: \"Verona\" ö"


async def test_an_affiliation_is_given_and_taken(api: EjabberdApi, name: str) -> None:
    await api.create_room(name, DOCUMENTS, {})
    await api.set_affiliation(name, DOCUMENTS, "romeo@montague.lit", "member")
    await api.set_affiliation(name, DOCUMENTS, "o\\27hara~2@montague.lit", "outcast")
    assert await api.affiliations(name, DOCUMENTS) == {
        "romeo@montague.lit": "member",
        "o\\27hara~2@montague.lit": "outcast",
    }

    await api.set_affiliation(name, DOCUMENTS, "romeo@montague.lit", "none")
    assert "romeo@montague.lit" not in await api.affiliations(name, DOCUMENTS)


@pytest.mark.parametrize(
    "command",
    [
        lambda api, name: api.destroy_room(name, DOCUMENTS),
        lambda api, name: api.room_options(name, DOCUMENTS),
        lambda api, name: api.change_room_option(name, DOCUMENTS, "title", "Verona"),
        lambda api, name: api.affiliations(name, DOCUMENTS),
        lambda api, name: api.occupants(name, DOCUMENTS),
        lambda api, name: api.set_affiliation(name, DOCUMENTS, "romeo@montague.lit", "member"),
    ],
)
async def test_a_room_that_is_not_there_is_not_found(
    api: EjabberdApi, name: str, command: Callable[[EjabberdApi, str], Awaitable[object]]
) -> None:
    with pytest.raises(NotFoundError):
        await command(api, name)


async def test_a_value_that_means_nothing_is_refused(api: EjabberdApi, name: str) -> None:
    await api.create_room(name, DOCUMENTS, {})

    with pytest.raises(BadPayloadError):
        await api.set_affiliation(name, DOCUMENTS, "romeo@montague.lit", "king")
    with pytest.raises(BadPayloadError):
        await api.create_room(uuid4().hex, "orchard.montague.lit", {})
    with pytest.raises(UnavailableError):
        await api.change_room_option(name, DOCUMENTS, "balcony", "high")


async def test_kicking_somebody_who_is_not_there_is_no_error(api: EjabberdApi) -> None:
    await api.kick("mercutio", "jupyter", "a plague")
    await api.kick("mercutio", None, "a plague")

    assert await api.sessions("mercutio") == []


async def test_what_an_account_keeps_for_its_clients_is_written_and_read(
    api: EjabberdApi, name: str
) -> None:
    namespace = "storage:bookmarks"
    kept = f"<storage xmlns='{namespace}'><url name='Verona'/></storage>"
    query = ET.fromstring(await api.private(name, "storage", namespace))
    assert [list(each) for each in query] == [[]]
    await api.set_private(name, kept)
    query = ET.fromstring(await api.private(name, "storage", namespace))
    assert [each.get("name") for each in query.iter(f"{{{namespace}}}url")] == ["Verona"]
