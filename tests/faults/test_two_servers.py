"""Somebody has two Jupyter servers, as JupyterHub's named servers are, and the same document open in both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from demo import edits
from demo.rest import RefusedError
from tests.e2e.company import SERVERS_REFUSED
from tests.e2e.stage import Stage, agree, on_disk, staged, tabs
from tests.e2e.typists import Typist

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="module")]

WORK = 1.5
"""Seconds for which everybody types before something happens, and after."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with staged("alice", "alice/two", "bob") as stage:
        yield stage


async def test_both_are_typed_at_and_one_is_killed(stage: Stage, record_property: Any) -> None:
    servers = [stage.people[name] for name in ("alice", "alice/two", "bob")]
    alice, two, _ = servers
    document, _ = await stage.shared(alice, "one.ipynb", "", "", "", bob="editor")
    await two.join(document, "one.ipynb")
    await two.live(document)
    async with tabs("one.ipynb", *servers) as clients:
        typists = [Typist(client, cell) for cell, client in enumerate(clients)]
        typing = [asyncio.create_task(typist.run()) for typist in typists]
        await asyncio.sleep(WORK)  # all three type
        await stage.stack.kill_server("alice/two")
        await asyncio.sleep(WORK)  # one of them without a server
        await stage.enter("alice/two")
        await asyncio.sleep(WORK)  # all three type
        for typist in typists:
            typist.stop()
        await asyncio.gather(*typing)
        await agree(clients)
        expected = [typist.text for typist in typists]
        assert edits.sources(clients[0].notebook) == expected
        for server in servers:
            await server.live(document)
    await on_disk(servers, "one.ipynb", expected)
    assert [await server.count(SERVERS_REFUSED) for server in servers] == [0, 0, 0]
    strokes = sum(typist.typed for typist in typists)
    record_property(
        "figure", f"{strokes} strokes at three servers of two people, 0 lost, 0 doubled"
    )


async def test_a_file_that_both_see_is_linked_by_one(stage: Stage) -> None:
    """Each would take what the other saves for an edit of its own."""
    document, _ = await stage.shared(stage.people["alice"], "same.ipynb", "x = 1")
    (stage.stack.settings.home("alice/same")).symlink_to(stage.people["alice"].home)
    same = await stage.enter("alice/same")
    with pytest.raises(RefusedError, match="your server default, which has the same files"):
        await same.join(document, "another.ipynb")
