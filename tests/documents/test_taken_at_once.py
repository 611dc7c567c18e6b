"""A browser's edit is taken in the turn in which it comes, and in the order in which all came."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from pycrdt import Doc, Text, create_sync_message, create_update_message

from xmpp_bridge.documents.channels import Browser, WebSocket

SAVE = b"\x02\x04save\x01"


class Handler:
    """As jupyter_server_ydoc's: what comes goes into a queue."""

    path = "text:file:1"

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.on_message: Callable[[Any], Awaitable[None] | None] = self.put

    async def put(self, message: bytes) -> None:
        if message[0] != SAVE[0]:
            self.queue.put_nowait(message)

    async def __anext__(self) -> bytes:
        return await self.queue.get()

    async def comes(self, message: bytes) -> None:
        """As tornado hands it over."""
        if (more := self.on_message(message)) is not None:
            await more


class Desk:
    """Romeo's document and his one tab, which may write."""

    def __init__(self) -> None:
        self.may_write = True
        self.handler = Handler()
        self.doc: Doc[Text] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.browser = Browser(
            cast("WebSocket", self.handler),
            lambda _: self.may_write,
            self.doc.get_state,
            lambda _known: (),
        )
        self.browser.take_at_once(self.take)
        self.tab: Doc[Text] = Doc()

    def take(self, update: bytes) -> None:
        self.doc.apply_update(update)

    def types(self, words: str) -> bytes:
        before = self.tab.get_state()
        text = self.tab.get("source", type=Text)
        text += words
        return create_update_message(self.tab.get_update(before))


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_an_edit_is_there_when_it_has_come(desk: Desk) -> None:
    await desk.handler.comes(desk.types("Rom"))
    await desk.handler.comes(SAVE)
    await desk.handler.comes(desk.types("eo"))
    assert str(desk.text) == "Romeo"
    assert desk.handler.queue.empty()


async def test_an_edit_does_not_overtake_what_waits(desk: Desk) -> None:
    asking = create_sync_message(desk.tab)
    await desk.handler.comes(asking)
    edit = desk.types("Romeo")
    await desk.handler.comes(edit)
    assert str(desk.text) == ""
    assert [await desk.browser.recv(), await desk.browser.recv()] == [asking, edit]
    await desk.handler.comes(desk.types("!"))
    assert desk.handler.queue.empty()


async def test_who_may_not_write_is_not_taken_at_once_either(desk: Desk) -> None:
    desk.may_write = False
    await desk.handler.comes(desk.types("Tybalt"))
    assert str(desk.text) == ""
    assert desk.handler.queue.qsize() == 1


async def test_what_cannot_be_taken_goes_the_ordinary_way(desk: Desk) -> None:
    broken = create_update_message(b"\x01\x01\x07")
    await desk.handler.comes(broken)
    assert await desk.browser.recv() == broken
