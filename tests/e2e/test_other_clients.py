"""Clients that others have made, as they are, with an app password over TLS: they talk with people in the lab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.chat_tab import chat_tab
from tests.e2e.clients.client import Client
from tests.e2e.clients.conversation import LINK, Conversation, reads
from tests.e2e.clients.converse import converse
from tests.e2e.clients.go_sendxmpp import go_sendxmpp
from tests.e2e.clients.login import ClientLogin, app_password
from tests.e2e.clients.poezio import poezio
from tests.e2e.clients.profanity import profanity
from tests.e2e.stage import Person, Stage

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

EARLIER = "Said before anybody came"
HAIL = "Hail from elsewhere"
CELL = f"(daylight.ipynb: plot(light)) {LINK}"
FILE = "/moon.png"
LANTERN, TORCH = "A lantern", "A torch"
EAST, SECRET = "It is the east", "My name is Rosaline"
PLAIN = (
    LANTERN,
    TORCH,
    f"> bob: {HAIL}",
    EAST,
    "It is the west",
    f"> bob: {HAIL}",
    "👍",
    SECRET,
    "This person took back a message",
    "A log scale here",
    CELL,
    "The moon",
    FILE,
    "Good night",
)
"""What somebody reads whose client knows nothing but bodies: each thing says what it is about."""


def without(texts: tuple[str, ...], text: str) -> tuple[str, ...]:
    return tuple(each for each in texts if each != text)


@dataclass(frozen=True)
class Kind:
    """A client, and what it shows of all that the lab says."""

    start: Callable[[ClientLogin, str, Path], AbstractAsyncContextManager[Client]]
    shows: tuple[str, ...]
    hides: tuple[str, ...] = ()
    history: bool = True


KINDS: Mapping[str, Kind] = {
    "go-sendxmpp": Kind(
        lambda login, room, _: go_sendxmpp(login, room, direct_tls=True), PLAIN, history=False
    ),
    # It puts a correction in the place of what it corrects, unless its owner is named there.
    "profanity": Kind(profanity, without(PLAIN, LANTERN), hides=(LANTERN,)),
    "poezio": Kind(
        poezio,
        (
            *(HAIL, "👍", TORCH, f"> bob: {HAIL}", "It is the west", f"> bob: {HAIL}", "👍"),
            "This message has been retracted by alice",
            *("A log scale here", CELL, "The moon", FILE, "Good night"),
        ),
        hides=(LANTERN, EAST, SECRET, "This person took back"),
    ),
    "converse": Kind(
        lambda login, room, _: converse(login, room),
        (
            *(HAIL, "👍", TORCH, "bob", HAIL, "It is the west", "alice has removed a message"),
            *("A log scale here", CELL, "The moon", FILE, "Good night"),
        ),
        hides=(LANTERN, EAST, SECRET, "This person took back"),
    ),
}


async def test_what_a_script_says_is_in_the_panel_and_the_other_way_round(
    stage: Stage, alice: Person, bob: Person
) -> None:
    room = await stage.room(alice, "Script", bob="viewer")
    async with chat_tab(alice.server) as hers:
        await hers.in_room(room, "alice", "bob")
        login = await app_password(stage, bob, "A script")
        async with go_sendxmpp(login, f"{room}@rooms.{login.jid.partition('@')[2]}") as script:
            lab = Conversation(hers, alice, room)
            await lab.is_heard_by(script)
            await script.say(HAIL)
            heard = await lab.hears(HAIL)
            assert heard["sender"]["username"] == "bob"
            await lab.say("Hail to thee", reply_to=heard["id"])
            await reads(script, (f"> bob: {HAIL}", "Hail to thee"))


@pytest.mark.accept
@pytest.mark.parametrize("kind", KINDS)
async def test_somebody_with_a_client_of_their_own_talks_with_the_lab(
    stage: Stage, alice: Person, bob: Person, kind: str, tmp_path: Path, record_property: Any
) -> None:
    room = await stage.room(alice, f"Verona {kind}", bob="viewer")
    what = KINDS[kind]
    async with chat_tab(alice.server) as hers:
        await hers.in_room(room, "alice", "bob")
        lab = Conversation(hers, alice, room)
        await lab.say(EARLIER)
        login = await app_password(stage, bob, kind)
        jid = f"{room}@rooms.{login.jid.partition('@')[2]}"
        async with what.start(login, jid, tmp_path / "home") as client:
            if what.history:
                shown = await reads(client, (EARLIER,))
                assert shown.count(EARLIER) == 1, shown
            else:
                await lab.is_heard_by(client)
            await client.say(HAIL)
            await lab.everything(await lab.hears(HAIL))
            shown = await reads(client, what.shows)
            for text in what.hides:
                assert text not in shown, shown
    record_property("figure", f"{kind}: {len(what.shows)} things read as they should")
