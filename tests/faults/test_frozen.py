"""A Jupyter server that stands still, as on a laptop with its lid closed, and goes on as if nothing had been."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from demo import edits
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="session")]

LONGER_THAN_EVERY_TIMEOUT = 400
"""Seconds: ejabberd asks after 60 and waits for a resumption for 300."""


@pytest.mark.parametrize(
    "seconds",
    [
        15,
        pytest.param(
            LONGER_THAN_EVERY_TIMEOUT, marks=[pytest.mark.accept, pytest.mark.timeout(900)]
        ),
    ],
)
async def test_a_frozen_server_catches_up_and_is_heard(
    stage: Stage, alice: Person, bob: Person, seconds: int, record_property: Any
) -> None:
    path = f"frozen-{seconds}.ipynb"
    document, _ = await stage.shared(alice, path, "x = 1", "y = 2", bob="editor")
    async with tabs(path, alice, bob) as (hers, his):
        edits.append_text(hers.notebook, 0, " # before")
        await agree([hers, his])
        pid = await stage.stack.server_pid("alice")
        os.kill(pid, signal.SIGSTOP)
        try:
            edits.append_text(hers.notebook, 0, " and in the lid")
            for _ in range(seconds):
                edits.append_text(his.notebook, 1, ".")
                await asyncio.sleep(1)  # the time that it stands still
        finally:
            os.kill(pid, signal.SIGCONT)
        await agree([hers, his])
        expected = ["x = 1 # before and in the lid", "y = 2" + "." * seconds]
        assert edits.sources(hers.notebook) == expected
        for person in (alice, bob):
            await person.live(document)
    await on_disk([alice, bob], path, expected)
    record_property("figure", f"{seconds} s frozen, 0 lost, 0 doubled")
