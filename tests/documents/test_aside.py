"""A large update is read once, and beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from pycrdt import Doc, Text

from xmpp_bridge.documents import update as module
from xmpp_bridge.documents.aside import LARGE, read_aside
from xmpp_bridge.documents.update import UpdateContents, read_update
from xmpp_bridge.xmpp.errors import BadPayloadError


def large(client: int) -> bytes:
    doc: Doc[Any] = Doc(client_id=client)
    doc.get("source", type=Text).insert(0, "But soft! " * (LARGE // 10 + 1))
    return doc.get_update()


def small_update(letter: str) -> bytes:
    doc: Doc[Any] = Doc(client_id=7)
    doc.get("source", type=Text).insert(0, letter)
    return doc.get_update()


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Who has really read something, in their order."""
    threads: list[threading.Thread] = []
    read = module._read

    def noted(data: bytes) -> UpdateContents:
        threads.append(threading.current_thread())
        return read(data)

    monkeypatch.setattr(module, "_read", noted)
    monkeypatch.setattr(module, "_LATELY", module._Lately())
    return threads


async def test_who_asks_again_has_it_at_once(readers: list[threading.Thread]) -> None:
    contents = await read_aside(large(7))
    assert read_update(large(7)) is contents
    assert len(readers) == 1
    assert readers[0] is not threading.current_thread()
    assert contents.clients == {7}


async def test_what_is_small_is_read_here_and_only_the_last_is_remembered(
    readers: list[threading.Thread],
) -> None:
    small, other = (small_update(letter) for letter in "Oh")
    for update in (small, small, other, small):
        assert await read_aside(update) == read_update(update)
    assert readers == [threading.current_thread()] * 3


async def test_only_the_last_few_are_remembered(readers: list[threading.Thread]) -> None:
    for client in range(1, 11):
        read_update(large(client))
    read_update(large(10))
    assert len(readers) == 10
    read_update(large(1))
    assert len(readers) == 11


async def test_a_refusal_is_one_each_time(readers: list[threading.Thread]) -> None:
    for _ in range(2):
        with pytest.raises(BadPayloadError):
            await read_aside(large(7) + b"\x00")
    assert len(readers) == 2


async def test_several_may_read_at_once() -> None:
    updates = [large(client) for client in range(20, 40)]
    contents = await asyncio.gather(*(read_aside(update) for update in updates))
    assert [each.clients for each in contents] == [{client} for client in range(20, 40)]
