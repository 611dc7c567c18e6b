"""What somebody in a room is told who has only a chat, and who is told nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import nbformat
import pytest
from jupyter_ydoc import YNotebook
from slixmpp import JID
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub_service.world import ADDRESSES, World, given
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.archive.store import Entry
from xmpp_bridge.chat.command import Command, Verb
from xmpp_bridge.chat.message import ChatMessage, Said, StanzaId
from xmpp_bridge.documents.past import Past
from xmpp_bridge.hub_service.attendant import AT_ONCE, EVERY, Attendant, Teller
from xmpp_bridge.hub_service.digests import Digests
from xmpp_bridge.hub_service.room_answers import LATELY, RoomAnswers
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.rooms.digest_store import DigestStore
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError

PHONE, LAB = "juliet@montague.lit/phone", "romeo@montague.lit/jupyter"
EVERY_SO_OFTEN = timedelta(hours=1)


class Written(Voice):
    """Remembers what was written to whom."""

    def __init__(self) -> None:
        self.to: list[tuple[str, str]] = []

    def write(self, recipient: JID, body: str) -> None:
        self.to.append((recipient.full, body))


class Switches(DigestStore):
    """Counts how often a room has been told."""

    times = 0

    async def told(self, room: RoomId, at: datetime) -> None:
        await super().told(room, at)
        self.times += 1


class Inn:
    """A room of Romeo's with Juliet in it, and who answers there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.voice = Written()
        self.said: list[ChatMessage] = []
        self.switches = Switches(world.engine)
        self.digests = Digests(
            world.rooms, Past(world.engine), world.now, "https://hub.montague.lit/"
        )
        self.teller = Teller(self.digests, self.switches, self.say, EVERY_SO_OFTEN, world.now)
        self.answers = RoomAnswers(
            world.rooms,
            world.finding,
            self.digests,
            self.switches,
            lambda _room: frozenset({JID(PHONE), JID(LAB)}),
            self.teller.hurry,
            ADDRESSES,
            world.now,
        )
        self.attendant = Attendant(
            self.answers,
            lambda jid: world.accounts.by_localpart(JID(jid).local),
            self.say,
            self.voice,
            lambda: world.seconds,
        )

    async def opened(self) -> Inn:
        self.romeo = await self.world.somebody("romeo")
        self.juliet = await self.world.somebody("juliet")
        self.room: RoomId = (await self.world.sharing.create_room(self.romeo, "Orchard")).room.id
        await self.world.sharing.set_member(self.romeo, self.room, "juliet", Role.EDITOR)
        return self

    async def say(self, _room: RoomId, said: Said) -> None:
        assert isinstance(said, ChatMessage)
        self.said.append(said)

    async def ask(self, asker: Account, verb: Verb, words: str = "") -> str:
        return await self.answers.answer(asker, self.room, Command(verb, words))

    def hear(self, who: str, body: str, account: Account | None) -> None:
        id_ = None if account is None else account.id
        said = ChatMessage(body)
        entry = Entry(self.room, StanzaId("7"), JID(who).bare, id_, self.world.now(), None, said)
        self.attendant.hear(JID(who), entry)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Have questions answered and digests told until this is so."""
        running = [asyncio.create_task(each.run()) for each in (self.attendant, self.teller)]
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0)
        for each in running:
            each.cancel()
        await asyncio.wait(running)

    async def notebook(self) -> tuple[YNotebook, Callable[[], Awaitable[None]]]:
        """A notebook of Romeo's, and how what is written there is kept."""
        document = (
            await self.world.sharing.add_document(
                self.romeo, self.room, "daylight.ipynb", DocumentType.NOTEBOOK, DocumentFormat.JSON
            )
        ).document
        notebook = YNotebook()
        known = notebook.ydoc.get_state()

        async def keep() -> None:
            nonlocal known
            update = notebook.ydoc.get_update(known)
            known = notebook.ydoc.get_state()
            one = replace(given(document.id, self.romeo, update), received_at=self.world.now())
            await self.world.keep(one)

        return notebook, keep


@pytest.fixture
async def inn(world: World) -> Inn:
    return await Inn(world).opened()


def cells(*sources: str) -> dict[str, object]:
    made = [nbformat.v4.new_code_cell(text, id=f"c{n}") for n, text in enumerate(sources)]  # type: ignore[no-untyped-call]
    return dict(nbformat.v4.new_notebook(cells=made))  # type: ignore[no-untyped-call]


async def test_who_is_here_and_with_what(inn: Inn) -> None:
    assert await inn.ask(inn.juliet, Verb.WHO) == (
        "Juliet (editor): with another client\nRomeo (owner): in the lab"
    )


async def test_which_notebooks_there_are(inn: Inn) -> None:
    assert "no notebooks" in await inn.ask(inn.juliet, Verb.NOTEBOOKS)
    await inn.notebook()
    assert await inn.ask(inn.juliet, Verb.NOTEBOOKS) == "daylight.ipynb"


async def test_what_was_said_is_found_and_the_question_is_not(inn: Inn) -> None:
    await inn.world.chat_rooms.hear(inn.room, "romeo", ChatMessage("What light is that?"))
    await inn.world.chat_rooms.hear(inn.room, "juliet", ChatMessage("!search light"))
    found = await inn.ask(inn.juliet, Verb.SEARCH, "light")
    assert found.endswith("Romeo: What light is that?")
    assert "\n" not in found
    assert await inn.ask(inn.juliet, Verb.SEARCH, "darkness") == "Nothing was found in this room."
    assert "For example" in await inn.ask(inn.juliet, Verb.SEARCH)
    assert "nobody in your rooms" in await inn.ask(inn.juliet, Verb.SEARCH, "from:tybalt light")


@pytest.mark.parametrize("verb", list(Verb))
async def test_whoever_is_no_member_is_told_nothing(inn: Inn, verb: Verb) -> None:
    tybalt = await inn.world.somebody("tybalt")
    with pytest.raises(NotFoundError):
        await inn.ask(tybalt, verb, "light")
    assert await inn.answers.rooms_of(tybalt) == {}


async def test_only_owners_switch_the_digest(inn: Inn) -> None:
    with pytest.raises(ForbiddenError):
        await inn.ask(inn.juliet, Verb.DIGEST, "on")
    assert await inn.switches.wanted() == {}
    await inn.ask(inn.romeo, Verb.DIGEST, "on")
    await inn.ask(inn.romeo, Verb.DIGEST, "on")
    assert await inn.switches.wanted() == {inn.room: inn.world.now() - LATELY}
    await inn.ask(inn.romeo, Verb.DIGEST, "off")
    assert await inn.switches.wanted() == {}


async def test_a_room_that_wants_it_is_told_each_change_once_and_of_which_cell(inn: Inn) -> None:
    notebook, keep = await inn.notebook()
    notebook.set(cells("x = 1"))
    await keep()
    inn.world.clock += timedelta(seconds=1)
    await inn.ask(inn.romeo, Verb.DIGEST, "on")
    await inn.until(lambda: inn.switches.times == 1)
    assert [each.body for each in inn.said] == ["Romeo wrote cell 1 of daylight.ipynb."]
    inn.said.clear()
    inn.world.clock += timedelta(seconds=1)
    source = notebook.ycells[0]["source"]
    source += "\ny = 2"
    await keep()
    inn.world.clock += timedelta(seconds=1)
    inn.teller.hurry()
    await inn.until(lambda: inn.switches.times == 2)
    (told,) = inn.said
    assert told.body == "Romeo changed cell 1 of daylight.ipynb."
    assert told.cell is not None
    assert (told.cell.cell, told.cell.excerpt) == ("c0", "x = 1")
    assert told.cell.link.startswith(
        "https://hub.montague.lit/hub/user-redirect/lab?xmpp-document="
    )
    assert (await inn.ask(inn.juliet, Verb.DIGEST)).startswith("Romeo wrote cell 1 of daylight")
    inn.hear(PHONE, "!help", inn.juliet)
    await inn.until(lambda: bool(inn.voice.to))
    assert len(inn.said) == 1


async def test_a_client_is_answered_alone_and_the_lab_in_the_room(inn: Inn) -> None:
    inn.hear(PHONE, "!notebooks", inn.juliet)
    inn.hear(LAB, "!notebooks", inn.romeo)
    inn.hear(PHONE, "Notebooks!", inn.juliet)
    inn.hear("stranger@capulet.lit/x", "!notebooks", None)
    await inn.until(lambda: bool(inn.said))
    assert inn.voice.to == [(PHONE, "This room has no notebooks.")]
    assert inn.said == [ChatMessage("This room has no notebooks.", reply_to=StanzaId("7"))]


async def test_a_refusal_is_told_too(inn: Inn) -> None:
    inn.hear(PHONE, "!digest on", inn.juliet)
    await inn.until(lambda: bool(inn.voice.to))
    assert inn.voice.to == [
        (PHONE, "Not done: only owners of the room switch its digest on or off.")
    ]


async def test_who_asks_without_end_is_answered_no_more_and_others_are(inn: Inn) -> None:
    for _ in range(10 * AT_ONCE):
        inn.hear(PHONE, "!who", inn.juliet)
    inn.hear(LAB, "!who", inn.romeo)
    await inn.until(lambda: bool(inn.said))
    assert len(inn.voice.to) == AT_ONCE
    inn.world.seconds += EVERY
    inn.hear(PHONE, "!who", inn.juliet)
    await inn.until(lambda: len(inn.voice.to) == AT_ONCE + 1)


async def test_a_room_that_is_gone_wants_nothing(inn: Inn, engine: AsyncEngine) -> None:
    await inn.ask(inn.romeo, Verb.DIGEST, "on")
    await inn.world.sharing.delete_room(inn.romeo, inn.room)
    assert await DigestStore(engine).wanted() == {}
