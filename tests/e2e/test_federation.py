"""Another ejabberd: spoken with by nobody until its domain is chosen, and then only about the rooms of its guests."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from slixmpp import JID

from tests.e2e.name_server import Services, name_server, write_resolver
from tests.e2e.phones import Ears
from tests.ejabberd.people import Person, Verona
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.ejabberd.certificates import ensure_certificates
from xmpp_bridge.ejabberd.launcher import running
from xmpp_bridge.ejabberd.settings import EjabberdSettings, Federation
from xmpp_bridge.rooms.reconcile import CHAT_OPTIONS, DOCUMENT_OPTIONS
from xmpp_bridge.xmpp.errors import BridgeError

pytestmark = [pytest.mark.e2e, pytest.mark.accept]

MONTAGUE, CAPULET, VERONA = "montague.lit", "capulet.lit", "verona.lit"
ADDRESSES = {MONTAGUE: "127.0.0.1", CAPULET: "127.0.0.2", VERONA: "127.0.0.3"}
GUEST, STRANGER = f"tybalt@{CAPULET}", f"mercutio@{CAPULET}"
PARTS = ("rooms", "documents", "bridge")
ROOMS, DOCUMENTS = f"rooms.{MONTAGUE}", f"documents.{MONTAGUE}"
SOON = 10.0
"""Seconds in which an answer comes, if there is any."""


@pytest.fixture
def folder() -> Any:
    with tempfile.TemporaryDirectory(prefix="xb-") as name:
        yield Path(name)


SERVICES: Services = {
    f"_xmpp-server._tcp.{name}": (address, 5269)
    for domain, address in ADDRESSES.items()
    for name in (domain, *(f"{part}.{domain}" for part in PARTS))
}


def settings_of(folder: Path, domain: str) -> EjabberdSettings:
    return EjabberdSettings(domain, folder / domain.partition(".")[0], interface=ADDRESSES[domain])


@asynccontextmanager
async def servers(
    folder: Path, *, chosen: tuple[str, ...], others: tuple[str, ...] = (CAPULET,)
) -> AsyncIterator[list[Verona]]:
    """Ours, which has chosen these domains, and others, which speak with everybody of ours."""
    async with name_server(SERVICES) as names, AsyncExitStack() as stack:
        ours, *theirs = await asyncio.to_thread(prepare, folder, names, chosen, others)
        yield [Verona(await stack.enter_async_context(running(each))) for each in (ours, *theirs)]


def prepare(
    folder: Path, names: int, chosen: tuple[str, ...], others: tuple[str, ...]
) -> list[EjabberdSettings]:
    """Each knows where the others are, and trusts their authorities."""
    bundle = folder / "authorities.pem"
    known = ""
    for domain in (MONTAGUE, *others):
        settings = settings_of(folder, domain)
        write_resolver(settings.files.home, names)
        ensure_certificates(settings, datetime.now(UTC))
        known += settings.files.ca.read_text()
    bundle.write_text(known)
    ours = settings_of(folder, MONTAGUE)
    if chosen:
        ours = replace(ours, federation=Federation(chosen, authorities=bundle))
    federation = Federation((MONTAGUE, ROOMS, DOCUMENTS, f"bridge.{MONTAGUE}"), authorities=bundle)
    theirs = (replace(settings_of(folder, each), federation=federation) for each in others)
    return [ours, *theirs]


async def new_rooms(montague: Verona) -> tuple[JID, JID, JID]:
    """A chat with a guest in it, another without, and a document room with its password."""
    ejabberd = montague.ejabberd
    api = EjabberdApi(ejabberd.admin_address, MONTAGUE, ejabberd.admin_credential)
    chat, other, document = uuid4().hex, uuid4().hex, uuid4().hex
    for name in (chat, other):
        await api.create_room(name, ROOMS, CHAT_OPTIONS)
        await api.set_affiliation(name, ROOMS, f"juliet@{MONTAGUE}", "member")
    await api.set_affiliation(chat, ROOMS, GUEST, "member")
    await api.create_room(document, DOCUMENTS, {**DOCUMENT_OPTIONS, "password": "wherefore"})
    return JID(f"{chat}@{ROOMS}"), JID(f"{other}@{ROOMS}"), JID(f"{document}@{DOCUMENTS}")


async def is_kept_out(person: Person, room: JID) -> str:
    """The condition under which a room does not let somebody in; fails if it does."""
    try:
        async with person.stream.rooms.occupancy(room, "a guest", Ears()):
            return "let in"
    except BridgeError as error:
        return error.condition


async def test_a_guest_of_a_chosen_domain_is_in_one_room_and_nowhere_else(
    folder: Path, record_property: Any
) -> None:
    async with (
        servers(folder, chosen=(CAPULET,)) as (montague, capulet),
        capulet.person("tybalt") as tybalt,
        capulet.person("mercutio") as mercutio,
        montague.person("juliet") as juliet,
    ):
        chat, other, document = await new_rooms(montague)
        hers, his = Ears(), Ears()
        written: list[str] = []
        juliet.stream.add_event_handler("message", lambda message: written.append(message["body"]))
        juliet.stream.send_presence()
        async with (
            juliet.stream.rooms.occupancy(chat, "juliet", hers),
            tybalt.stream.rooms.occupancy(chat, "tybalt", his),
        ):
            tybalt.stream.send_message(chat, "Romeo, the hate I bear thee", mtype="groupchat")
            await hers.hears(lambda nick, body: nick == "tybalt" and "hate" in body)
            juliet.stream.send_message(chat, "Tybalt, you rat-catcher", mtype="groupchat")
            await his.hears(lambda nick, body: nick == "juliet" and "rat" in body)
            # What is said to people does not reach them, while what is said in the room after it does.
            tybalt.stream.send_message(JID(f"juliet@{MONTAGUE}"), "Psst", mtype="chat")
            tybalt.stream.send_message(chat, "That is all", mtype="groupchat")
            await hers.hears(lambda _nick, body: body == "That is all")
            assert "Psst" not in written
        kept_out = {
            "another room": await is_kept_out(tybalt, other),
            "a document": await is_kept_out(tybalt, document),
            "no guest": await is_kept_out(mercutio, chat),
        }
        assert "let in" not in kept_out.values(), kept_out
    record_property("figure", f"a guest is heard; kept out: {kept_out}")


@pytest.mark.parametrize("chosen", [(), (VERONA,)], ids=["nobody chosen", "another chosen"])
async def test_nothing_is_open_for_a_domain_that_is_not_chosen(
    folder: Path, chosen: tuple[str, ...]
) -> None:
    async with (
        servers(folder, chosen=chosen) as (montague, capulet),
        capulet.person("tybalt") as tybalt,
        montague.person("juliet") as juliet,
    ):
        chat, _, _ = await new_rooms(montague)  # An affiliation alone lets nobody in.
        assert await is_kept_out(tybalt, chat) != "let in"
        refused: asyncio.Queue[str] = asyncio.Queue()
        juliet.stream.add_event_handler(
            "message_error", lambda message: refused.put_nowait(message["error"]["condition"])
        )
        juliet.stream.send_message(JID(f"tybalt@{CAPULET}"), "Tybalt!", mtype="chat")
        async with asyncio.timeout(SOON):
            assert await refused.get() in ("forbidden", "remote-server-not-found", "not-allowed")


@pytest.mark.parametrize("chosen", [(), (CAPULET,)], ids=["nobody chosen", "one chosen"])
async def test_nothing_listens_for_other_servers_until_one_is_chosen(
    folder: Path, chosen: tuple[str, ...]
) -> None:
    async with servers(folder, chosen=chosen, others=()):
        address = ADDRESSES[MONTAGUE], 5269
        if chosen:
            _, writer = await asyncio.open_connection(*address)
            writer.close()
            await writer.wait_closed()
        else:
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*address)
