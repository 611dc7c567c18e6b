"""One client that writes as fast as it can hurts nobody else in the room: neither their chat nor their edits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from slixmpp import JID

from demo import edits
from tests.e2e.chat_tab import ChatTab, chat_tab
from tests.e2e.phones import flood, key_of, listening, phone, room_jid
from tests.e2e.stage import Person, Stage, tabs, until
from xmpp_bridge.xmpp.stream import logged_in

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="session")]

PACE = 0.08
QUIET = 60
SECONDS = 10.0
TIMES = 5
MEGABYTE = 1_000_000
BARELY = 0.05
"""Seconds; below, one busy moment of the machine says more than any flood."""


def p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(0.99 * (len(seconds) - 1))]


class Probe:
    """Alice does something again and again, and bob's tab sees it: how long that takes."""

    def __init__(self, once: Callable[[int], Awaitable[None]]) -> None:
        self._once = once
        self._number = 0

    async def times(self, number: int) -> list[float]:
        return [await self._measure() for _ in range(number)]

    async def while_(self, task: asyncio.Future[Any]) -> list[float]:
        measured = []
        while not task.done():
            measured.append(await self._measure())
        return measured

    async def _measure(self) -> float:
        self._number += 1
        began = time.monotonic()
        await self._once(self._number)
        seconds = time.monotonic() - began
        await asyncio.sleep(max(0.0, PACE - seconds))
        return seconds


def chatting(room: str, hers: ChatTab, his: ChatTab) -> Probe:
    async def once(number: int) -> None:
        body = f"chat {number} in {room}"
        await hers.ask("post", room=room, client_id=f"p{number}", body=body)
        await his.message(body)

    return Probe(once)


def stanza(room: JID, body: str) -> bytes:
    return f"<message type='groupchat' to='{room}'><body>{body}</body></message>".encode()


async def test_a_flood_of_one_client_leaves_chat_and_edits_of_all_others_alone(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    path = "flood.ipynb"
    _, room = await stage.shared(alice, path, "", bob="editor")
    # Somebody who has no lab, and whose clients are kept out for a while after this.
    await alice.server.call("PUT", f"xmpp-bridge/api/rooms/{room}/members/dave", {"role": "viewer"})
    async with (
        chat_tab(alice.server) as hers,
        chat_tab(bob.server) as his,
        tabs(path, alice, bob) as (left, right),
        phone(stage, "dave", "flood") as small,
        phone(stage, "dave", "large") as large,
    ):
        await hers.in_room(room, "alice", "bob")
        jid = room_jid(small, room)

        async def edited(number: int) -> None:
            edits.append_text(left.notebook, 0, f"{number};")
            whole = edits.sources(left.notebook)
            await right.until(lambda: edits.sources(right.notebook) == whole, "the edit")

        chat, edit = chatting(room, hers, his), Probe(edited)
        await asyncio.gather(chat.times(10), edit.times(10))
        quiet = [p99(each) for each in await asyncio.gather(chat.times(QUIET), edit.times(QUIET))]
        async with listening(small, jid, "small"), listening(large, jid, "large"):
            flooding = asyncio.gather(
                flood(small, stanza(jid, "Flood!"), rate=1000, seconds=SECONDS),
                flood(large, stanza(jid, "x" * MEGABYTE), rate=10, seconds=SECONDS),
            )
            measured = await asyncio.gather(chat.while_(flooding), edit.while_(flooding))
            written, megabytes = await flooding
        loud = [p99(each) for each in measured]
    record_property(
        "figure",
        f"{written} messages and {megabytes} MB in {SECONDS:.0f} s; p99 of others' chat {loud[0] * 1000:.0f} ms"
        f" (quiet {quiet[0] * 1000:.0f}), of edits {loud[1] * 1000:.0f} ms (quiet {quiet[1] * 1000:.0f})",
    )
    assert written > 0
    assert loud[0] < TIMES * quiet[0]
    assert loud[1] < max(2 * quiet[1], BARELY)


async def test_who_only_calls_themselves_a_jupyter_server_is_out(stage: Stage) -> None:
    key = await key_of(stage, "bob")
    async with logged_in(key.as_client("jupyter-flood")) as stream:

        async def out() -> bool:
            return stream.ended.done()

        await until(out, "the service has ended it")
