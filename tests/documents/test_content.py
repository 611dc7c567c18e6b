"""What a document says, and how long others wait while it is read."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

import pytest
from jupyter_ydoc import YNotebook, YUnicode

from xmpp_bridge.documents import content
from xmpp_bridge.documents.content import LARGE, content_of


def notebook(*names: str, outputs: int = 0) -> YNotebook:
    """One cell of each name, in which Juliet says much."""
    said = {"output_type": "stream", "name": "stdout", "text": "Romeo! " * 20}
    document = YNotebook()
    cells = [
        {
            "cell_type": "code",
            "id": name,
            "metadata": {"trusted": True},
            "source": f"say({number})",
            "outputs": [dict(said) for _ in range(outputs)],
            "execution_count": None,
        }
        for number, name in enumerate(names)
    ]
    document.set({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return document


def names_in(read: Any) -> list[str]:
    return [cell["id"] for cell in read["cells"]]


async def test_a_large_notebook_is_read_as_a_small_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    document = notebook("balcony", "orchard", outputs=3)
    in_one_go = await content_of(document, document.ydoc.get_update)
    monkeypatch.setattr(content, "LARGE", 0)
    assert await content_of(document, document.ydoc.get_update) == in_one_go


async def test_a_large_notebook_lets_others_go_on_and_is_of_one_moment() -> None:
    document = notebook(*(f"scene-{n}" for n in range(30)), outputs=80)
    assert len(document.ydoc.get_update()) > LARGE
    reading = asyncio.create_task(content_of(document, document.ydoc.get_update))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
        if turns == 2:
            document.ycells[29]["source"] += " # added meanwhile"
    read, state = await reading
    assert turns > 30
    assert read["cells"][29]["source"] == "say(29)"
    assert document.ydoc.get_update() != state


async def test_cells_that_had_to_be_told_apart_are_so_in_the_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(content, "LARGE", 0)
    document = notebook("balcony", "orchard")
    document.ycells[1]["id"] = "balcony"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # jupyter_ydoc's own
        read, state = await content_of(document, document.ydoc.get_update)
    assert len(set(names_in(read))) == 2
    assert [cell["id"] for cell in document.ycells] == names_in(read)
    assert state == document.ydoc.get_update()


async def test_a_text_is_read_as_it_is() -> None:
    document = YUnicode()
    document.set("It is the east")
    assert await content_of(document, document.ydoc.get_update) == (
        "It is the east",
        document.ydoc.get_update(),
    )
