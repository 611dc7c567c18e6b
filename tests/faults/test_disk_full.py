"""No file can grow any more: for a Jupyter server, and for the service."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from demo import edits
from tests.e2e.chat_tab import chat_tab
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@contextmanager
def no_file_grows(pid: int) -> Iterator[None]:
    """As on a full disk, writing fails (with EFBIG): nothing longer than nothing may be written by this process."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, NO_LIMIT)


async def test_a_jupyter_server_without_space_keeps_nothing_and_loses_nothing(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    path = "full.ipynb"
    document, _ = await stage.shared(alice, path, "x = 1", "y = 2", bob="editor")
    async with tabs(path, alice, bob) as (hers, his):
        edits.append_text(hers.notebook, 0, " # before")
        await agree([hers, his])
        with no_file_grows(await stage.stack.server_pid("alice")):
            edits.append_text(hers.notebook, 0, " and full")
            edits.append_text(his.notebook, 1, " # meanwhile")
            await agree([hers, his])
        edits.append_text(hers.notebook, 0, " and after")
        await agree([hers, his])
        for person in (alice, bob):
            await person.live(document)
    await on_disk([alice, bob], path, ["x = 1 # before and full and after", "y = 2 # meanwhile"])
    record_property("figure", "0 lost, 0 doubled")


async def test_a_service_without_space_calls_nothing_safe_and_has_it_all_later(
    stage: Stage, alice: Person, bob: Person
) -> None:
    path = "full-service.ipynb"
    document, room = await stage.shared(alice, path, "x = 1", "y = 2", bob="editor")
    async with tabs(path, alice, bob) as (hers, his), chat_tab(alice.server) as chat:
        await agree([hers, his])
        with no_file_grows(await stage.stack.service_pid()):
            edits.append_text(hers.notebook, 0, " # full")
            await agree([hers, his])
            await chat.ask("post", room=room, client_id="f1", body="Said on a full disk")
            await chat.message("Said on a full disk", state="sent")
            assert (await alice.status(document))["waiting_bytes"] > 0
        await chat.delivered("Said on a full disk")
        for person in (alice, bob):
            await person.live(document)
    await on_disk([alice, bob], path, ["x = 1 # full", "y = 2"])
