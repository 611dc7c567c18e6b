"""The bot of docs/bots.md, as it stands there, on a real hub."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.chat_tab import chat_tab
from tests.e2e.stage import Person, Stage, until
from xmpp_bridge.client import Bridge, Message, Room, connect
from xmpp_bridge.xmpp.errors import BadPayloadError, ForbiddenError, NotFoundError

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

BOT = Path(__file__).parents[2] / "docs" / "examples" / "answering_bot.py"


@asynccontextmanager
async def bot_of(person: Person) -> AsyncIterator[None]:
    """The example, with what a kernel of this person's server has in its environment."""
    environment = {
        **os.environ,
        "JUPYTERHUB_SERVICE_URL": person.server.url,
        "JUPYTERHUB_API_TOKEN": person.server.token,
    }
    process = await asyncio.create_subprocess_exec(sys.executable, str(BOT), env=environment)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def test_a_bot_answers_whoever_asks(stage: Stage) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    room = await stage.room(alice, "Orchard", bob="editor")
    async with chat_tab(bob.server) as his, bot_of(alice):
        await his.in_room(room, "alice", "bob")
        # It may not listen yet: whoever asks a bot asks again.
        for attempt in range(20):
            await his.ask("post", room=room, client_id=f"w{attempt}", body="!who")
            try:
                async with asyncio.timeout(3):
                    answer = await his.message("In this room: alice, bob")
                break
            except TimeoutError:
                continue
        else:
            pytest.fail("the bot does not answer")
        assert answer["sender"]["username"] == "alice"
        assert answer["reply_to"]["body"] == "!who"


async def test_a_program_sends_listens_and_searches(stage: Stage) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    await stage.room(alice, "Balcony", bob="viewer")
    async with (
        connect(alice.server.url, alice.server.token) as hers,
        connect(bob.server.url, bob.server.token) as his,
    ):
        room, same = await _known(hers, "Balcony"), await _known(his, "Balcony")
        await until(lambda: _has(room, "bob"), "alice's server knows that bob is in the room")
        heard = same.listen()
        first = asyncio.ensure_future(anext(heard))
        sent = await room.send("Is it the lark, @bob?")
        while not first.done() and not await _soon(first):
            sent = await room.send("Is it the lark, @bob?")
        message = await first
        assert (message.body, message.sender.username, message.mine) == (
            "Is it the lark, @bob?",
            "alice",
            False,
        )
        assert message.mentions == ("bob",)
        answer = await same.send("It is the nightingale", reply_to=message)
        assert answer.reply_to == message.id
        assert (await room.history())[-1] == replace(answer, mine=False)
        found = [hit async for hit in hers.search("nightingale from:bob", room)]
        assert [hit.message.id for hit in found] == [answer.id]
        assert sent.mine
        with pytest.raises(BadPayloadError, match="character 1"):
            _ = [hit async for hit in hers.search("from:")]
        with pytest.raises(NotFoundError, match="Padua"):
            hers.room("Padua")
    with pytest.raises(ForbiddenError):
        async with connect(alice.server.url, bob.server.token):
            pytest.fail("a stranger is in")


async def _known(bridge: Bridge, name: str) -> Room:
    """The room, as soon as this person's server has heard that there is one."""

    async def known() -> Room | None:
        try:
            return bridge.room(name)
        except NotFoundError:
            return None

    found = await until(known, f"{name} is known")
    assert isinstance(found, Room)
    return found


async def _has(room: Room, name: str) -> bool:
    return name in {member.username for member in room.members}


async def _soon(future: asyncio.Future[Message]) -> bool:
    done, _ = await asyncio.wait([future], timeout=2)
    return bool(done)
